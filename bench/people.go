package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// peopleOf returns up to n people's global ids.
func peopleOf(ctx context.Context, c *Client, n int) ([]string, error) {
	var people []string
	for after := ""; len(people) < n; {
		events, err := c.Subscribe(ctx, `query ($first: Int!, $after: String) { users(first: $first, after: $after) {
			nodes { id } pageInfo { endCursor hasNextPage } } }`,
			map[string]any{"first": min(100, n-len(people)), "after": nullable(after)})
		if err != nil {
			return nil, err
		}
		e := <-events
		if e.Err != nil {
			return nil, fmt.Errorf("list people: %w", e.Err)
		}
		var data struct {
			Users struct {
				Nodes    []struct{ ID string }
				PageInfo struct {
					EndCursor   string
					HasNextPage bool
				}
			}
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return nil, fmt.Errorf("list people: %w", err)
		}
		for _, node := range data.Users.Nodes {
			people = append(people, node.ID)
		}
		if after = data.Users.PageInfo.EndCursor; !data.Users.PageInfo.HasNextPage {
			break
		}
	}
	if len(people) == 0 {
		return nil, errors.New("the server shows no people: it wants the token of a service (--token)")
	}
	return people, nil
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}
