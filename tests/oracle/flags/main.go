// Collects the command-line flags of a component of Kubernetes from its sources, without building it: one JSON object a line.
//
// It follows what the component's command function calls, in the packages that have to do with flags, and notes every call
// that registers one. Packages outside the modules named on the command line (client-go, the Go library) count as unknown:
// go/types goes on without them.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Where the command of a component is made, and what makes it.
var roots = map[string][2]string{
	"kube-apiserver":          {"k8s.io/kubernetes/cmd/kube-apiserver/app", "NewAPIServerCommand"},
	"kube-controller-manager": {"k8s.io/kubernetes/cmd/kube-controller-manager/app", "NewControllerManagerCommand"},
	"kube-scheduler":          {"k8s.io/kubernetes/cmd/kube-scheduler/app", "NewSchedulerCommand"},
	"kube-proxy":              {"k8s.io/kubernetes/cmd/kube-proxy/app", "NewProxyCommand"},
	"etcd":                    {"go.etcd.io/etcd/server/v3/etcdmain", "newConfig"},
}

// Imports of a package that may register flags.
var registers = []string{
	"github.com/spf13/pflag", "flag", "github.com/spf13/cobra", "go.etcd.io/etcd/pkg/v3/featuregate", "k8s.io/component-base/cli/flag",
	"k8s.io/component-base/cli/globalflag", "k8s.io/component-base/logs", "k8s.io/component-base/version/verflag",
}

type unit struct {
	types    *types.Package
	info     *types.Info
	files    []*ast.File
	relevant bool
}

type found struct {
	Component  string `json:"component"`
	Flag       string `json:"flag"`
	Type       string `json:"type"`
	NoOpt      string `json:"noOpt,omitempty"`
	Deprecated bool   `json:"deprecated"`
	At         string `json:"at"`
	// The minor, in what the table is made of.
	Minor int `json:"minor,omitempty"`
}

type collector struct {
	set     *token.FileSet
	modules map[string]string
	units   map[string]*unit
	bodies  map[types.Object]*ast.FuncDecl
	owner   map[types.Object]*unit
	seen    map[string]bool
	flags   map[string]*found
	// What is registered with the Go library's own set: a component has it only where it takes that over.
	global    map[string]*found
	takesOver bool
	marked    map[string]bool
	unread    map[string]bool
	component string
}

// usage: flags COMPONENT MODULE=DIRECTORY... or flags --table <LINES
func main() {
	if len(os.Args) == 2 && os.Args[1] == "--table" {
		table()
		return
	}
	c := &collector{
		set: token.NewFileSet(), modules: map[string]string{}, units: map[string]*unit{},
		bodies: map[types.Object]*ast.FuncDecl{}, owner: map[types.Object]*unit{}, seen: map[string]bool{},
		flags: map[string]*found{}, global: map[string]*found{}, marked: map[string]bool{}, unread: map[string]bool{},
		component: os.Args[1],
	}
	for _, word := range os.Args[2:] {
		module, directory, _ := strings.Cut(word, "=")
		c.modules[module] = directory
	}
	root := roots[c.component]
	// etcd 3.4 is one module, and its paths have no major.
	if c.modules["go.etcd.io/etcd"] != "" {
		root[0] = "go.etcd.io/etcd/etcdmain"
	}
	command := c.load(root[0])
	if command == nil {
		fail("no package " + root[0])
	}
	start := command.types.Scope().Lookup(root[1])
	if start == nil {
		fail("no function " + root[1])
	}
	c.function(start, nil)
	// What its program does around it.
	if program := c.load(strings.TrimSuffix(root[0], "/app")); program != nil {
		c.function(program.types.Scope().Lookup("main"), nil)
	}
	// What is registered when a package is loaded.
	paths := make([]string, 0, len(c.units))
	for path := range c.units {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		// etcd has its commands beside the server in one package.
		if one := c.units[path]; one != nil && one.relevant && c.component != "etcd" {
			c.initial(one)
		}
	}
	c.join()
	for text, open := range c.unread {
		if open {
			fmt.Fprintln(os.Stderr, "flags: "+text)
		}
	}
	names := make([]string, 0, len(c.flags))
	for name := range c.flags {
		names = append(names, name)
	}
	sort.Strings(names)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, name := range names {
		flag := c.flags[name]
		flag.Deprecated = flag.Deprecated || c.marked[name]
		if err := out.Encode(flag); err != nil {
			fail(err.Error())
		}
	}
}

// join adds what comes from sets of the whole program.
func (c *collector) join() {
	for name, flag := range c.flags {
		if whole, known := c.global[name]; known && flag.Type == "lookup" {
			flag.Type, flag.NoOpt, flag.At = whole.Type, whole.NoOpt, whole.At
		}
	}
	for name, flag := range c.global {
		if _, known := c.flags[name]; !known && c.takesOver {
			c.flags[name] = flag
		}
	}
	// cobra has this one for every command, and etcd none.
	if c.component == "etcd" {
		return
	}
	if _, known := c.flags["help"]; !known {
		c.flags["help"] = &found{Component: c.component, Flag: "help", Type: "bool", NoOpt: "true"}
	}
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, "flags: "+text)
	os.Exit(1)
}

// directory is where a package of one of the modules lies, or empty.
func (c *collector) directory(path string) string {
	for module := path; module != "."; module = filepath.Dir(module) {
		if at, known := c.modules[module]; known {
			return filepath.Join(at, strings.TrimPrefix(path, module))
		}
	}
	return ""
}

func (c *collector) load(path string) *unit {
	if one, known := c.units[path]; known {
		return one
	}
	c.units[path] = nil
	directory := c.directory(path)
	if directory == "" {
		return nil
	}
	here := build.Default
	here.CgoEnabled = false
	here.GOOS, here.GOARCH = "linux", "amd64"
	names, err := here.ImportDir(directory, 0)
	if err != nil && (names == nil || len(names.GoFiles) == 0) {
		return nil
	}
	one := &unit{info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{},
		Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}}
	for _, imported := range names.Imports {
		for _, name := range registers {
			one.relevant = one.relevant || imported == name
		}
	}
	// The flag libraries themselves say nothing of a component.
	one.relevant = one.relevant && path != "github.com/spf13/pflag"
	for _, name := range names.GoFiles {
		file, err := parser.ParseFile(c.set, filepath.Join(directory, name), nil, parser.SkipObjectResolution)
		if err != nil {
			fail(err.Error())
		}
		one.files = append(one.files, file)
	}
	config := types.Config{Importer: c, IgnoreFuncBodies: !one.relevant, Error: func(error) {}}
	one.types, _ = config.Check(path, c.set, one.files, one.info)
	c.units[path] = one
	if one.relevant {
		for _, file := range one.files {
			for _, declared := range file.Decls {
				if function, is := declared.(*ast.FuncDecl); is && function.Body != nil {
					object := one.info.Defs[function.Name]
					c.bodies[object], c.owner[object] = function, one
				}
			}
		}
	}
	return one
}

// Import is that of types.Importer; the checker goes on with an empty package where there is none.
func (c *collector) Import(path string) (*types.Package, error) {
	if one := c.load(path); one != nil {
		return one.types, nil
	}
	return nil, fmt.Errorf("%s is not read", path)
}

// function follows a function once for each set of texts that it is called with.
func (c *collector) function(object types.Object, given map[types.Object][]string) {
	if generic, is := object.(*types.Func); is {
		object = generic.Origin()
	}
	body, one := c.bodies[object], c.owner[object]
	if body == nil {
		c.implementations(object, given)
		return
	}
	// Parameters of the same name and place, whoever calls.
	bound := map[types.Object][]string{}
	at := 0
	for _, field := range body.Type.Params.List {
		for _, name := range field.Names {
			if texts, known := given[position(at)]; known {
				bound[one.info.Defs[name]] = texts
			}
			at++
		}
		if len(field.Names) == 0 {
			at++
		}
	}
	key := fmt.Sprint(c.set.Position(body.Pos()), given)
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	c.walk(one, body.Body, bound)
}

// implementations follows every method of the name that an interface's method may stand for.
func (c *collector) implementations(object types.Object, given map[types.Object][]string) {
	function, is := object.(*types.Func)
	if !is || !strings.Contains(function.Name(), "Flag") {
		return
	}
	signature, _ := function.Type().(*types.Signature)
	if signature == nil || signature.Recv() == nil || !types.IsInterface(signature.Recv().Type()) {
		return
	}
	for other, body := range c.bodies {
		if body.Recv != nil && other != nil && other.Name() == function.Name() && other.Pkg() == function.Pkg() {
			c.function(other, given)
		}
	}
}

// position stands for a parameter by its place.
func position(at int) types.Object {
	for len(places) <= at {
		places = append(places, types.NewLabel(token.NoPos, nil, fmt.Sprint(len(places))))
	}
	return places[at]
}

var places []types.Object

func (c *collector) initial(one *unit) {
	for _, file := range one.files {
		for _, declared := range file.Decls {
			switch declared := declared.(type) {
			case *ast.FuncDecl:
				if declared.Name.Name == "init" && declared.Recv == nil && declared.Body != nil {
					c.walk(one, declared.Body, nil)
				}
			case *ast.GenDecl:
				c.walk(one, declared, nil)
			}
		}
	}
}

func (c *collector) walk(one *unit, node ast.Node, bound map[types.Object][]string) {
	if bound == nil {
		bound = map[types.Object][]string{}
	}
	ast.Inspect(node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.RangeStmt:
			if value, is := node.Value.(*ast.Ident); is {
				bound[one.info.Defs[value]] = c.elements(one, node.X)
			}
		case *ast.CallExpr:
			c.call(one, node, bound)
		case *ast.Ident:
			// A function that is named may be called by whom it is given to.
			if function, is := one.info.Uses[node].(*types.Func); is {
				c.function(function, nil)
			}
		}
		return true
	})
}

func (c *collector) call(one *unit, call *ast.CallExpr, bound map[types.Object][]string) {
	var name *ast.Ident
	switch called := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = called.Sel
		c.register(one, called, call, bound)
	case *ast.Ident:
		name = called
	default:
		return
	}
	function, is := one.info.Uses[name].(*types.Func)
	if !is {
		return
	}
	if strings.HasSuffix(function.FullName(), "globalflag.Register") || function.Name() == "register" {
		c.taken(one, function, call, bound)
	}
	given := map[types.Object][]string{}
	for at, argument := range call.Args {
		if texts := c.texts(one, argument, bound); len(texts) > 0 {
			given[position(at)] = texts
		}
	}
	if len(given) > 0 {
		c.function(function, given)
	}
}
