// Prints the flags and feature gates of the kubelet it is built with, one JSON object a line.
package main

import (
	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
)

const component = "kubelet"

func flags() *pflag.FlagSet {
	// As newFlagSetWithGlobals and NewKubeletCommand of cmd/kubelet/app/server.go do it.
	set := pflag.NewFlagSet(component, pflag.ContinueOnError)
	set.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	configuration, err := options.NewKubeletConfiguration()
	if err != nil {
		panic(err)
	}
	options.AddGlobalFlags(set)
	options.NewKubeletFlags().AddFlags(set)
	options.AddKubeletConfigFlags(set, configuration)
	set.BoolP("help", "h", false, "")
	return set
}
