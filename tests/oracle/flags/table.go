// Joins what the releases' sources say of the flags of one component to the rows of a table for Rust.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
)

// The last minor of the table, and the one before its first: asked only for what was gone by that. Those of etcd are of 3.
var last, before = 37, 21

// How a type of Go's or of a library's reads a value, by the names in kubeadm-config/src/kubelet/flag_table.rs. Others are
// texts: any value is taken, or what is wrong is told elsewhere (feature gates).
var kinds = map[string]string{
	"bool": "Bool", "int": "Int(64)", "int64": "Int(64)", "int32": "Int(32)", "uint": "Uint", "uint64": "Uint",
	"float32": "Float(32)", "float64": "Float(64)", "duration": "Duration", "stringSlice": "List", "ip": "NetIp",
	"resource.QuantityValue": "Quantity", "flag.MapStringString": "PairsUnsplit", "stringToString": "TextPairs",
	"flag.NamedCertKeyArray": "NamedCertKey", "net.PortRange": "PortRange",
	"verflag.versionValue": "Version", "VerbosityLevelPflag": "Verbosity", "config.VerbosityLevel": "Verbosity",
	"v2.Level": "Verbosity", "VModuleConfigurationPflag": "Vmodule", "config.VModuleConfiguration": "Vmodule",
	"v2.moduleSpec": "Vmodule",
}

type row struct {
	kind                     string
	since, until, deprecated int
}

// table reads the lines of all releases of a component, the oldest first, each with its minor.
func table() {
	rows := map[string]*row{}
	for in := json.NewDecoder(os.Stdin); ; {
		var flag found
		if err := in.Decode(&flag); err == io.EOF {
			break
		} else if err != nil {
			fail(err.Error())
		}
		if flag.Component == "etcd" {
			last, before = 7, 4
		}
		kind := kinds[flag.Type]
		if kind == "" {
			kind = "Text"
		}
		one := rows[flag.Flag]
		if one == nil {
			one = &row{kind: kind, since: flag.Minor, until: flag.Minor}
			rows[flag.Flag] = one
		}
		if flag.Minor > one.until+1 {
			fail(fmt.Sprintf("--%s is gone in 1.%d and comes back", flag.Flag, one.until+1))
		}
		if one.kind != kind {
			one.kind = "Text"
		}
		one.until = flag.Minor
		if flag.Deprecated && one.deprecated == 0 {
			one.deprecated = flag.Minor
		}
	}
	names := make([]string, 0, len(rows))
	for name := range rows {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		one := rows[name]
		until := fmt.Sprint(one.until)
		if one.until == last {
			until = "NOW"
		}
		if one.since <= before {
			one.since = 0
		}
		if one.deprecated == before {
			one.deprecated = 1
		}
		fmt.Printf("    row(%q, %s, %d, %s, %d),\n", name, one.kind, one.since, until, one.deprecated)
	}
}
