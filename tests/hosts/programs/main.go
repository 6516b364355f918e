// What images of the tests hold beside the programs of a cluster: it is what it is called as.
//
//	pause      holds a pod's namespaces
//	nginx      a web server on port 80, with the page of nginx
//	curl       asks the URL that is its last argument, and tries again for half a minute
//	conflist   writes the CNI configuration of a node once flanneld has given it a subnet
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	var err error
	switch name := filepath.Base(os.Args[0]); name {
	case "pause":
		// What kubeadm asks it before an upgrade, in a Job that has to come to its end.
		if len(os.Args) > 1 && os.Args[1] == "-v" {
			fmt.Println("pause.c")
			return
		}
	case "nginx":
		go func() { fail(http.ListenAndServe(":80", http.HandlerFunc(page))) }()
	case "curl":
		fail(ask(os.Args[len(os.Args)-1]))
		return
	case "conflist":
		err = conflist()
	default:
		err = fmt.Errorf("%s is not a program of this image", name)
	}
	fail(err)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	<-ended
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func page(to http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(to, "<h1>Welcome to nginx!</h1>")
}

func ask(url string) (err error) {
	client := http.Client{Timeout: 5 * time.Second}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Second) {
		var said *http.Response
		if said, err = client.Get(url); err == nil {
			defer said.Body.Close()
			_, err = io.Copy(os.Stdout, said.Body)
			return err
		}
	}
	return err
}

// The bridge and host-local plugins do what flannel's own plugin has them do: it is in no Go module.
const network = `{
  "cniVersion": "0.4.0", "name": "cbr0",
  "plugins": [
    {"type": "bridge", "bridge": "cni0", "isGateway": true, "isDefaultGateway": true, "hairpinMode": true, "mtu": %s,
     "ipam": {"type": "host-local", "ranges": [[{"subnet": "%s"}]]}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`

func conflist() error {
	var lines []byte
	for {
		var err error
		if lines, err = os.ReadFile("/run/flannel/subnet.env"); err == nil {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	values := map[string]string{}
	for _, line := range strings.Split(string(lines), "\n") {
		if key, value, ok := strings.Cut(line, "="); ok {
			values[key] = value
		}
	}
	address, length, _ := strings.Cut(values["FLANNEL_SUBNET"], "/")
	subnet := address[:strings.LastIndex(address, ".")] + ".0/" + length
	text := fmt.Sprintf(network, values["FLANNEL_MTU"], subnet)
	const to = "/etc/cni/net.d/10-flannel.conflist"
	if err := os.WriteFile(to+".new", []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(to+".new", to)
}
