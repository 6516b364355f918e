// Reads documents of Cluster API from stdin as its own types do, strictly: an unknown field is an error.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	bootstrap "sigs.k8s.io/cluster-api/api/bootstrap/kubeadm/v1beta2"
	controlplane "sigs.k8s.io/cluster-api/api/controlplane/kubeadm/v1beta2"
	"sigs.k8s.io/yaml"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	read := 0
	for _, document := range strings.Split(string(text), "---\n") {
		var head struct {
			Kind string `json:"kind"`
		}
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var into any
		switch head.Kind {
		case "KubeadmConfigTemplate":
			into = &bootstrap.KubeadmConfigTemplate{}
		case "KubeadmControlPlaneTemplate":
			into = &controlplane.KubeadmControlPlaneTemplate{}
		default:
			continue
		}
		if err := yaml.UnmarshalStrict([]byte(document), into); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		read++
	}
	if read == 0 {
		fmt.Fprintln(os.Stderr, "there is no document of Cluster API in it")
		os.Exit(1)
	}
}
