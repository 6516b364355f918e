// gostd says what the Go standard library does: the tables and answers that the Go value semantics of kubeadm-config
// are made from and measured against.
//
//	go run . printable > ../../../kubeadm-config/src/go/printable.rs
//	go run . vectors 60 1 > ../../../kubeadm-config/src/go/testdata/gostd.jsonl
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	switch {
	case len(os.Args) == 2 && os.Args[1] == "printable":
		printable(out)
	case len(os.Args) == 4 && os.Args[1] == "vectors":
		count, countErr := strconv.Atoi(os.Args[2])
		seed, seedErr := strconv.ParseUint(os.Args[3], 10, 64)
		if countErr != nil || seedErr != nil {
			usage()
		}
		vectors(out, count, seed)
	default:
		usage()
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "gostd:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: gostd printable | gostd vectors COUNT SEED")
	os.Exit(64)
}
