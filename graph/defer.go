package graph

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

const deferDirective = "defer"

// hasDefer reports whether any part of the selections is deferred. Validation has refused fragments in cycles.
func hasDefer(selections ast.SelectionSet) bool {
	return slices.ContainsFunc(selections, func(selection ast.Selection) bool {
		switch s := selection.(type) {
		case *ast.Field:
			return hasDefer(s.SelectionSet)
		case *ast.InlineFragment:
			return s.Directives.ForName(deferDirective) != nil || hasDefer(s.SelectionSet)
		case *ast.FragmentSpread:
			return s.Directives.ForName(deferDirective) != nil || hasDefer(s.Definition.SelectionSet)
		default:
			return false
		}
	})
}

// withoutDefer makes an operation answer all at once, for transports that can send one response only. The document is
// shared with other requests through the query cache: what changes is copied.
func withoutDefer(op *graphql.OperationContext) {
	if !hasDefer(op.Operation.SelectionSet) {
		return
	}
	operation := *op.Operation
	operation.SelectionSet = undeferred(operation.SelectionSet)
	doc := *op.Doc
	doc.Operations = ast.OperationList{&operation}
	op.Operation, op.Doc = &operation, &doc
}

func undeferred(selections ast.SelectionSet) ast.SelectionSet {
	if !hasDefer(selections) {
		return selections
	}
	copied := make(ast.SelectionSet, len(selections))
	for i, selection := range selections {
		switch s := selection.(type) {
		case *ast.Field:
			field := *s
			field.SelectionSet = undeferred(s.SelectionSet)
			copied[i] = &field
		case *ast.InlineFragment:
			fragment := *s
			fragment.Directives = dropDefer(s.Directives)
			fragment.SelectionSet = undeferred(s.SelectionSet)
			copied[i] = &fragment
		case *ast.FragmentSpread:
			// In its place the fragment itself: spreads are looked up by name, and others may still be deferred.
			copied[i] = &ast.InlineFragment{
				TypeCondition: s.Definition.TypeCondition, Directives: dropDefer(s.Directives),
				SelectionSet: undeferred(s.Definition.SelectionSet), ObjectDefinition: s.ObjectDefinition, Position: s.Position,
			}
		}
	}
	return copied
}

func dropDefer(directives ast.DirectiveList) ast.DirectiveList {
	return slices.DeleteFunc(slices.Clone(directives), func(d *ast.Directive) bool { return d.Name == deferDirective })
}
