// Asks kubeadm's own code about many files in one process, which is some twenty times as fast as a process for each.
//
//	many COMMANDS OPTION... FILE...
//
// It writes what tests/oracle/host writes for the program itself: NAME.COMMAND.{exit,stdout,stderr} beside each NAME.yaml.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/cmd/kubeadm/app/cmd"
)

var words = map[string][]string{
	"validate": {"validate", "--config"},
	"migrate":  {"migrate", "--old-config"},
	"images":   {"images", "list", "--config"},
}

func main() {
	var all flag.FlagSet
	klog.InitFlags(&all)
	all.VisitAll(func(f *flag.Flag) {
		if f.Name == "v" || f.Name == "vmodule" {
			flag.CommandLine.Var(f.Value, f.Name, f.Usage)
		}
	})
	pflag.CommandLine.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	pflag.CommandLine.AddGoFlagSet(flag.CommandLine)

	commands, options, files := strings.Split(os.Args[1], ","), []string{}, os.Args[2:]
	for len(files) > 0 && strings.HasPrefix(files[0], "--") {
		options, files = append(options, files[0]), files[1:]
	}
	for _, file := range files {
		for _, command := range commands {
			if !answer(file, command, options) {
				break
			}
		}
	}
}

// answer writes what one command says of one file, and tells whether the command succeeded.
func answer(file, command string, options []string) bool {
	to := strings.TrimSuffix(file, ".yaml") + "." + command
	args := append([]string{"config"}, words[command]...)
	args = append(append(args, file), options...)
	status := 0
	stdout, stderr := captured(func() { status = run(args) })
	put(to+".stdout", stdout)
	put(to+".stderr", stderr)
	put(to+".exit", []byte(fmt.Sprintln(status)))
	return status == 0
}

// handle and prefix stand in handler.go, forget in forget.go, which the build script writes: where kubeadm turns errors
// into texts moved, and what it remembers of a file grew.

// run is what kubeadm's main does, without the exit. A panic ends a Go program with status 2.
func run(args []string) (status int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintln(os.Stderr, "panic:", r)
			status = 2
		}
	}()
	forget()
	kubeadm := cmd.NewKubeadmCommand(os.Stdin, os.Stdout, os.Stderr)
	kubeadm.SetArgs(args)
	err := kubeadm.Execute()
	klog.Flush()
	handle(err, func(message string, code int) {
		if message != "" && !strings.HasSuffix(message, "\n") {
			message += "\n"
		}
		fmt.Fprint(os.Stderr, prefix+message)
		status = code
	})
	return status
}

// captured runs a function and gives what it wrote to stdout and stderr.
func captured(run func()) (stdout, stderr []byte) {
	oldOut, oldErr := os.Stdout, os.Stderr
	out, outDone := pipe()
	err, errDone := pipe()
	os.Stdout, os.Stderr = out, err
	run()
	os.Stdout, os.Stderr = oldOut, oldErr
	out.Close()
	err.Close()
	return <-outDone, <-errDone
}

func pipe() (*os.File, chan []byte) {
	reader, writer, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	done := make(chan []byte, 1)
	go func() {
		var all bytes.Buffer
		io.Copy(&all, reader)
		reader.Close()
		done <- all.Bytes()
	}()
	return writer, done
}

func put(name string, what []byte) {
	if err := os.WriteFile(name, what, 0o600); err != nil {
		panic(err)
	}
}
