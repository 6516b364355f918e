// What registers a flag, and what its name comes to.
package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// taken notes a flag that is taken over by its name from the set of the whole program.
func (c *collector) taken(one *unit, function *types.Func, call *ast.CallExpr, bound map[types.Object][]string) {
	place := c.at(function.Pos())
	if !strings.Contains(place, "/globalflags.go") && !strings.Contains(place, "/globalflags_") {
		return
	}
	for _, argument := range call.Args {
		for _, name := range c.texts(one, argument, bound) {
			c.note(c.flags, name, "lookup", "", call.Pos())
		}
	}
}

// Methods of a flag set: how their names end, where the flag's name is, how many arguments there are.
var ways = []struct {
	suffix          string
	name, arguments int
}{{"VarP", 1, 5}, {"Var", 1, 4}, {"P", 0, 4}, {"", 0, 3}}

var simple = map[string]string{
	"Bool": "bool", "Int": "int", "Int8": "int8", "Int16": "int16", "Int32": "int32", "Int64": "int64", "Uint": "uint",
	"Uint8": "uint8", "Uint16": "uint16", "Uint32": "uint32", "Uint64": "uint64", "Float32": "float32",
	"Float64": "float64", "Duration": "duration", "String": "string", "StringSlice": "stringSlice",
	"StringArray": "stringArray", "StringToString": "stringToString", "StringToInt": "stringToInt",
	"StringToInt64": "stringToInt64", "IP": "ip", "IPMask": "ipMask", "IPNet": "ipNet", "IPSlice": "ipSlice",
	"IPNetSlice": "ipNetSlice", "IntSlice": "intSlice", "Int32Slice": "int32Slice", "Int64Slice": "int64Slice",
	"UintSlice": "uintSlice", "BoolSlice": "boolSlice", "DurationSlice": "durationSlice", "Count": "count",
	"BytesHex": "bytesHex", "BytesBase64": "bytesBase64", "Float32Slice": "float32Slice", "Float64Slice": "float64Slice",
}

func (c *collector) register(one *unit, called *ast.SelectorExpr, call *ast.CallExpr, bound map[types.Object][]string) {
	method := called.Sel.Name
	if !c.flagSet(one, called.X) {
		return
	}
	into := c.flags
	if c.ofGo(one, called.X) {
		into = c.global
	}
	switch method {
	case "MarkDeprecated":
		if len(call.Args) == 2 {
			for _, name := range c.texts(one, call.Args[0], bound) {
				c.marked[dashes(name)] = true
			}
		}
		return
	case "AddFlag":
		c.looked(one, call, bound)
		return
	case "AddGoFlagSet":
		c.takesOver = c.takesOver || len(call.Args) == 1 && c.ofGo(one, call.Args[0])
		return
	case "Var", "VarP", "VarPF":
		least := map[string]int{"Var": 3, "VarP": 4, "VarPF": 4}[method]
		if len(call.Args) == least {
			c.named(into, one, call.Args[1], c.kind(one, call.Args[0]), "", bound)
		}
		return
	}
	for _, way := range ways {
		kind, known := simple[strings.TrimSuffix(method, way.suffix)]
		if !known || !strings.HasSuffix(method, way.suffix) {
			continue
		}
		arguments := way.arguments
		if kind == "count" {
			arguments--
		}
		if len(call.Args) == arguments {
			noOpt := ""
			if kind == "bool" {
				noOpt = "true"
			}
			c.named(into, one, call.Args[way.name], kind, noOpt, bound)
			return
		}
	}
}

// looked notes `AddFlag(set.Lookup("name"))`.
func (c *collector) looked(one *unit, call *ast.CallExpr, bound map[types.Object][]string) {
	if len(call.Args) != 1 {
		return
	}
	inner, is := call.Args[0].(*ast.CallExpr)
	if !is || len(inner.Args) != 1 {
		return
	}
	if method, is := inner.Fun.(*ast.SelectorExpr); is && method.Sel.Name == "Lookup" {
		c.named(c.flags, one, inner.Args[0], "lookup", "", bound)
	}
}

// flagSet tells whether an expression is a set of flags, or may be one: its type is not read.
func (c *collector) flagSet(one *unit, expression ast.Expr) bool {
	if name, is := expression.(*ast.Ident); is {
		if named, is := one.info.Uses[name].(*types.PkgName); is {
			path := named.Imported().Path()
			return path == "flag" || path == "github.com/spf13/pflag"
		}
	}
	of := one.info.TypeOf(expression)
	if of == nil || of == types.Typ[types.Invalid] {
		return true
	}
	text := of.String()
	return strings.HasSuffix(strings.ToLower(text), "flagset") || strings.Contains(text, "invalid type")
}

// ofGo tells whether an expression is the set of the whole program that the Go library has.
func (c *collector) ofGo(one *unit, expression ast.Expr) bool {
	if set, is := expression.(*ast.SelectorExpr); is && set.Sel.Name == "CommandLine" {
		expression = set.X
	}
	name, is := expression.(*ast.Ident)
	if !is {
		return false
	}
	named, is := one.info.Uses[name].(*types.PkgName)
	return is && named.Imported().Path() == "flag"
}

func (c *collector) kind(one *unit, value ast.Expr) string {
	if of := one.info.TypeOf(value); of != nil && !strings.Contains(of.String(), "invalid type") && !types.IsInterface(of) {
		text := strings.TrimPrefix(of.String(), "*")
		return text[strings.LastIndex(text, "/")+1:]
	}
	if call, is := value.(*ast.CallExpr); is {
		return types.ExprString(call.Fun)
	}
	return types.ExprString(value)
}

func (c *collector) named(
	into map[string]*found, one *unit, name ast.Expr, kind, noOpt string, bound map[types.Object][]string,
) {
	texts := c.texts(one, name, bound)
	for _, text := range texts {
		c.note(into, text, kind, noOpt, name.Pos())
	}
	text := fmt.Sprintf("%s: no text for %s", c.at(name.Pos()), types.ExprString(name))
	c.unread[text] = len(texts) == 0 && (c.unread[text] || !c.met(text))
}

func (c *collector) met(text string) bool {
	_, known := c.unread[text]
	return known
}

func (c *collector) at(pos token.Pos) string {
	text := c.set.Position(pos).String()
	for module, directory := range c.modules {
		if rest, is := strings.CutPrefix(text, directory+"/"); is {
			return module + "/" + rest
		}
	}
	return text
}

func dashes(name string) string { return strings.ReplaceAll(name, "_", "-") }

func (c *collector) note(into map[string]*found, name, kind, noOpt string, pos token.Pos) {
	// Since 1.26 component-base takes klog's flags through one package that leaves out all but two of them.
	if _, narrowed := c.units["k8s.io/component-base/logs/klogflags"]; narrowed {
		if strings.HasPrefix(c.at(pos), "k8s.io/klog/v2/") && name != "v" && name != "vmodule" {
			return
		}
	}
	name = dashes(name)
	if old, known := into[name]; known && kind == "lookup" || known && old.Type != "lookup" {
		return
	}
	into[name] = &found{Component: c.component, Flag: name, Type: kind, NoOpt: noOpt, At: c.at(pos)}
}

// elements are the texts of a list that stands there, or that a variable of the package begins with.
func (c *collector) elements(one *unit, expression ast.Expr) []string {
	switch expression := expression.(type) {
	case *ast.CompositeLit:
		var all []string
		for _, element := range expression.Elts {
			all = append(all, c.texts(one, element, nil)...)
		}
		return all
	case *ast.SelectorExpr:
		// A field that is called like the list it is made of.
		return c.elements(one, expression.Sel)
	case *ast.Ident:
		for _, file := range one.files {
			for _, declared := range file.Decls {
				group, is := declared.(*ast.GenDecl)
				if !is {
					continue
				}
				for _, spec := range group.Specs {
					variable, is := spec.(*ast.ValueSpec)
					if !is || len(variable.Values) != len(variable.Names) {
						continue
					}
					for at, name := range variable.Names {
						if literal, is := variable.Values[at].(*ast.CompositeLit); is && name.Name == expression.Name {
							return c.elements(one, literal)
						}
					}
				}
			}
		}
	}
	return nil
}

// texts is what an expression may come to: a constant, or put together from constants and parameters.
func (c *collector) texts(one *unit, expression ast.Expr, bound map[types.Object][]string) []string {
	if value := one.info.Types[expression].Value; value != nil {
		if value.Kind() == constant.String {
			return []string{constant.StringVal(value)}
		}
		return nil
	}
	switch expression := expression.(type) {
	case *ast.ParenExpr:
		return c.texts(one, expression.X, bound)
	case *ast.Ident:
		return bound[one.info.Uses[expression]]
	case *ast.BinaryExpr:
		if expression.Op != token.ADD {
			return nil
		}
		var all []string
		for _, left := range c.texts(one, expression.X, bound) {
			for _, right := range c.texts(one, expression.Y, bound) {
				all = append(all, left+right)
			}
		}
		return all
	case *ast.CallExpr:
		called, is := expression.Fun.(*ast.SelectorExpr)
		if !is || called.Sel.Name != "Sprintf" || len(expression.Args) == 0 {
			return nil
		}
		all := c.texts(one, expression.Args[0], bound)
		for _, argument := range expression.Args[1:] {
			var next []string
			for _, text := range c.texts(one, argument, bound) {
				for _, so := range all {
					next = append(next, strings.Replace(so, "%s", text, 1))
				}
			}
			all = next
		}
		return all
	}
	return nil
}
