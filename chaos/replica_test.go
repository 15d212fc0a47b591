package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"webflix/db"
)

// replicaKilledBeforeItPublishes kills an API replica that has committed requests, when it is about to send the first task: the
// relay sends them.
func replicaKilledBeforeItPublishes() *fault {
	var steady *process
	victims := 0
	return &fault{
		name: "API replica killed between commit and publish", short: 2, long: 15, deadline: 5 * time.Second,
		setup: func(d *deployment) { _, _, steady = d.oneOfEach() },
		strike: func(d *deployment) {
			victims++
			trap, url := newTap(d.t, d.broker)
			victim := d.serveWith([]string{"AMQP_URL=" + url, fmt.Sprintf("WEBFLIX_REPLICA=victim-%d", victims)})
			d.replicas.set(steady.url, victim.url)
			tasks := d.topology.Task("").Bind.Exchange
			go d.one(only(victim), 5*time.Second, nil)
			d.caught(trap, func(m method) bool { return m.publishes(tasks) }, victim)
			d.replicas.set(steady.url)
		},
		check: func(d *deployment) {
			var orphans []struct {
				ID       string
				Missing  int     // criteria
				Answered float64 // ms from the acceptance to the last answer
				Final    float64 // and to the final
			}
			d.query(func(store *db.DB) error {
				return store.SelectContext(d.t.Context(), &orphans, `
					WITH orphans AS (
						SELECT *, ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0 AS accepted
						FROM requests WHERE replica LIKE 'victim-%')
					SELECT r.id, jsonb_array_length(r.spec -> 'blend') - count(*) FILTER (WHERE s.scored AND NOT s.late) AS missing,
					       1000 * coalesce(max(extract(epoch FROM s.arrived_at)) - r.accepted, 0) AS answered,
					       1000 * (extract(epoch FROM r.final_at) - r.accepted) AS final
					FROM orphans r LEFT JOIN scores s ON s.request_id = r.id
					GROUP BY r.id, r.spec, r.final_at, r.accepted`)
			})
			if len(orphans) < victims {
				d.t.Errorf("%d replicas were killed, and %d requests are theirs", victims, len(orphans))
			}
			for _, o := range orphans {
				if o.Missing > 0 {
					d.t.Errorf("a request that was accepted and never sent went without a criterion: %+v", o)
				}
			}
		},
	}
}

// only returns a replica as the only one that a client knows.
func only(p *process) *replicas { return &replicas{urls: []string{p.url}} }

// replicaKilled kills API replicas that have subscribers, who attach to another one.
func replicaKilled() *fault {
	var victim, heir *process
	return &fault{
		name: "API replica killed with subscribers", short: 2, long: 20, timed: true,
		setup: func(d *deployment) {
			d.start("aggregator")
			d.worker(others("history"))
			d.worker("history", "--slow", "history=300ms", "--parallel", "16")
			victim, heir = d.serve(), d.serve()
			d.replicas.set(victim.url, heir.url)
			d.ready()
		},
		strike: func(d *deployment) {
			third := d.serve()
			d.replicas.set(heir.url, third.url)
			d.pause(300 * time.Millisecond)
			victim.kill()
			victim, heir = heir, third
		},
		check: func(d *deployment) {
			if d.seen.attached == 0 {
				d.t.Error("nobody attached to another replica")
			}
			d.kept("P9", "who lost their replica and attached to another one see their request, 99 of 100 within", most(99, d.seen.reunions), 500*time.Millisecond)
			complete(d)
		},
	}
}

// slowReaders makes the way from RabbitMQ to an API replica too narrow for its updates, and lets somebody ask for a lot and read
// nothing: finals come in time all the same, and who does not read is dropped.
func slowReaders() *fault {
	var narrow *proxy
	var api *process
	return &fault{
		name: "slow live consumer and slow WebSocket reader", long: 5, deadline: time.Second,
		setup: func(d *deployment) {
			narrow = newProxy(d.t, d.broker.address())
			d.start("aggregator")
			d.worker(others(""))
			api = d.serveWith([]string{"AMQP_URL=" + narrow.through(d.broker.url)}, "--limit-write-timeout", "1s")
			d.replicas.set(api.url)
			d.ready()
		},
		strike: func(d *deployment) {
			heal := narrow.toxicOf("downstream", "bandwidth", `{"rate": 20}`)
			d.stare(api.url)
			d.pause(3 * time.Second)
			heal()
			d.whole(10 * time.Second)
		},
		check: func(d *deployment) {
			if late := most(99, d.seen.lateness); late > time.Second {
				d.t.Errorf("a final reached its reader %v after the deadline", late)
			} else {
				d.t.Logf("99 of 100 finals reached their readers by %v after the deadline", late)
			}
		},
	}
}

// stare asks for more than the system keeps for somebody who reads nothing, and returns when the server has given up.
func (d *deployment) stare(url string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 30*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	hello, err := json.Marshal(map[string]any{"type": "connection_init", "payload": map[string]string{"Authorization": "Bearer " + d.token}})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := conn.Write(ctx, websocket.MessageText, hello); err != nil {
		d.t.Fatal(err)
	}
	for i := 0; ; i++ {
		err := wsjson.Write(ctx, conn, map[string]any{"type": "subscribe", "id": fmt.Sprint(i), "payload": map[string]any{
			"query": `{ __schema { types { name description fields { name description args { name description } } } } }`,
		}})
		if err != nil {
			break
		}
		pause(ctx, 20*time.Millisecond)
	}
	if ctx.Err() != nil {
		d.t.Error("somebody who reads nothing was not dropped")
	}
}
