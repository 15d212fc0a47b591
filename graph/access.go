package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"webflix/graph/model"
)

// access enforces the @access directive, where every field's rule is written. What belongs to OWNER can only be known once
// it is read: there the resolvers ask may.
func (r *Resolver) access(ctx context.Context, obj any, next graphql.Resolver, to model.Access) (any, error) {
	v := viewerOf(ctx)
	var open bool
	switch to {
	case model.AccessAnyone, model.AccessOwner:
		open = true
	case model.AccessSelf:
		open = r.about(ctx, obj, false)
	case model.AccessAsker:
		open = r.about(ctx, obj, true)
	case model.AccessService:
		open = v.service || r.devSignIn()
	case model.AccessAdmin:
		open = v.admin || r.devSignIn()
	}
	if open {
		return next(ctx)
	}
	if _, nested := obj.(*model.User); nested {
		return nil, nil //nolint:nilnil // null says: not for you
	}
	return refuse(ctx, forbidden(v))
}

// about reports whether the viewer may do what the field is about: to the person whose field it is, or whom the input
// names, or to themself. An id that is none is let through: the resolver says what is wrong with it.
func (r *Resolver) about(ctx context.Context, obj any, try bool) bool {
	if user, ok := obj.(*model.User); ok {
		return may(ctx, user.User.ID)
	}
	v := viewerOf(ctx)
	whose := whoseOf(ctx)
	if whose == nil {
		return v.user != 0
	}
	user, err := model.ParseUserID(*whose)
	return err != nil || may(ctx, user) || try && r.triesOut(v)
}

// triesOut reports whether the viewer is somebody who looks around without signing in, where that is open.
func (r *Resolver) triesOut(v viewer) bool { return r.devSignIn() && v.subject == "" }

func (r *Resolver) devSignIn() bool { return r.tokens != nil && r.tokens.identity.DevSignIn }

// may reports whether the viewer may see and change what is this person's.
func may(ctx context.Context, user int64) bool {
	v := viewerOf(ctx)
	return v.service || user != 0 && v.user == user
}

// mayFollow reports whether the viewer may follow a request that was made for this person.
func (r *Resolver) mayFollow(ctx context.Context, user int64) bool {
	return may(ctx, user) || r.triesOut(viewerOf(ctx))
}

// whoseOf returns the global id of the person that the field's input names, nil when it names nobody.
func whoseOf(ctx context.Context) *string {
	switch input := graphql.GetFieldContext(ctx).Args["input"].(type) {
	case model.RecommendInput:
		return input.User
	case model.RecordWatchInput:
		return input.User
	case model.RecordWatchesInput:
		return input.User
	case model.RemoveWatchInput:
		return input.User
	case model.RemoveWatchesInput:
		return input.User
	case model.DismissInput:
		return input.User
	default:
		return nil
	}
}

func forbidden(v viewer) *model.ForbiddenError {
	if v.subject == "" {
		return &model.ForbiddenError{Message: "Sign in first."}
	}
	return &model.ForbiddenError{Message: "Your token does not allow this: ask for your own."}
}

// refuse answers a field with an error that its union has a member for, and with a top-level error where it has not.
func refuse(ctx context.Context, e *model.ForbiddenError) (any, error) {
	field := graphql.GetFieldContext(ctx)
	switch field.Field.Definition.Type.Name() {
	case "RecommendEvent":
		events := make(chan model.RecommendEvent, 1)
		events <- e
		close(events)
		return (<-chan model.RecommendEvent)(events), nil
	case "HistoryResult", "DismissResult", "RecommendResult", "SignInResult":
		return e, nil
	default:
		return nil, coded(codeForbidden, e.Message)
	}
}
