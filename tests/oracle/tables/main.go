// What the components' programs have in common: every flag and every feature gate, as JSON lines.
package main

import (
	"encoding/json"
	"os"
	"sort"

	"github.com/spf13/pflag"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
)

func main() {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	flags().VisitAll(func(flag *pflag.Flag) {
		line := map[string]any{
			"component": component, "flag": flag.Name, "type": flag.Value.Type(), "noOpt": flag.NoOptDefVal,
			"shorthand": flag.Shorthand, "deprecated": flag.Deprecated, "hidden": flag.Hidden,
		}
		if err := out.Encode(line); err != nil {
			panic(err)
		}
	})
	all := utilfeature.DefaultMutableFeatureGate.GetAll()
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, string(name))
	}
	sort.Strings(names)
	needs := dependencies()
	for _, name := range names {
		spec := all[featuregate.Feature(name)]
		line := map[string]any{
			"component": component, "gate": name, "default": spec.Default, "locked": spec.LockToDefault,
			"stage": string(spec.PreRelease), "needs": needs[name],
		}
		if err := out.Encode(line); err != nil {
			panic(err)
		}
	}
}

// dependencies asks a gate that knows them; older ones do not.
func dependencies() map[string][]string {
	found := map[string][]string{}
	gate, knows := any(utilfeature.DefaultMutableFeatureGate).(interface {
		Dependencies() map[featuregate.Feature][]featuregate.Feature
	})
	if !knows {
		return found
	}
	for name, needs := range gate.Dependencies() {
		for _, need := range needs {
			found[string(name)] = append(found[string(name)], string(need))
		}
		sort.Strings(found[string(name)])
	}
	return found
}
