package queue

// Version returns what the broker says of itself, "4.1.0"; "" while there is no connection.
func (r *RabbitMQ) Version() string {
	state, _ := r.consuming.state.get()
	if state.conn == nil {
		return ""
	}
	version, _ := state.conn.Properties["version"].(string)
	return version
}
