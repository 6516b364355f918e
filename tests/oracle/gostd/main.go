// gostd says what the Go standard library does: the tables and answers that the Go value semantics of kubeadm-config
// are measured against.
//
//	go run . printable > ../../../kubeadm-config/src/go/printable.rs
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "printable" {
		printable(os.Stdout)
		return
	}
	fmt.Fprintln(os.Stderr, "usage: gostd printable")
	os.Exit(64)
}
