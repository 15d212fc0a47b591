package graph

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of answers.
const (
	mediaGraphQL   = "application/graphql-response+json"
	mediaJSON      = "application/json"
	mediaEvents    = "text/event-stream"
	mediaMultipart = "multipart/mixed"
)

// accepted media types of a request.
type accepts struct {
	single    string // the one to send a single answer as, "" for none
	events    bool   // an event stream
	multipart bool   // parts: of @defer, or of a subscription
	parts     bool   // parts of a subscription: with subscriptionSpec, as Apollo's clients ask
}

// negotiate reads the Accept header. Which of the types is sent depends on the operation, so all are kept.
func negotiate(r *http.Request) accepts {
	var a accepts
	best := -1.0
	header := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		return accepts{single: mediaJSON}
	}
	for field := range strings.SplitSeq(header, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(field))
		if err != nil {
			continue
		}
		q := 1.0
		if s, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(s, 64); err != nil || !(q > 0) {
				continue
			}
		}
		switch media {
		case mediaEvents:
			a.events = true
			continue
		case mediaMultipart:
			a.multipart = true
			a.parts = a.parts || params["subscriptionspec"] != ""
			continue
		case "*/*", "application/*":
			media = mediaJSON
			q -= 1e-6
		case mediaJSON, mediaGraphQL:
		default:
			continue
		}
		if q > best {
			a.single, best = media, q
		}
	}
	return a
}

// none reports whether the client takes nothing that we can send.
func (a accepts) none() bool { return a.single == "" && !a.events && !a.multipart }
