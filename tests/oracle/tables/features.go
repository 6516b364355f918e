// Prints the feature gates that every component has: pkg/features with what it brings, logging and metrics.
package main

import (
	"github.com/spf13/pflag"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	logsapi "k8s.io/component-base/logs/api/v1"
	metricsfeatures "k8s.io/component-base/metrics/features"
	_ "k8s.io/kubernetes/pkg/features"
)

const component = "features"

func init() {
	// As every one of the programs does it, in one way or another.
	for _, err := range []error{
		logsapi.AddFeatureGates(utilfeature.DefaultMutableFeatureGate),
		metricsfeatures.AddFeatureGates(utilfeature.DefaultMutableFeatureGate),
	} {
		if err != nil {
			panic(err)
		}
	}
}

func flags() *pflag.FlagSet {
	return pflag.NewFlagSet(component, pflag.ContinueOnError)
}
