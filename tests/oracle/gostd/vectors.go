package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"time"
)

// A subject is a function of the standard library, texts it makes sense of, and pieces to spoil them with.
type subject struct {
	name   string
	answer func(string) string
	seeds  []string
	pieces []string
}

func or(value string, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return value
}

var subjects = []subject{
	{"quote", strconv.Quote, []string{"a", "é", "\x00\x7f\t", "日本\u2028", "😀\ufeff\u00ad", `"\`},
		[]string{"\x1b", "\u0301", "\U000e0001", "\u0378", "'", "\n", " ", "\u00a0"}},
	{"duration", func(s string) string {
		d, err := time.ParseDuration(s)
		return or(strconv.FormatInt(int64(d), 10), err)
	}, []string{"4m0s", "1.5h", "-100ms", "9223372036854775807ns", "0", "+5us", "1.000000000000000000001s", "2562047h47m16.854775807s"},
		[]string{"h", "m", "s", "ms", "µs", "μs", ".", "-", "+", "1", "999999999", " ", "é", "\x01", "\"", "d"}},
	{"rfc3339", func(s string) string {
		t, err := time.Parse(time.RFC3339, s)
		return or(t.UTC().Format(time.RFC3339), err)
	}, []string{"2026-11-24T08:21:54Z", "2024-02-29T23:59:59.999999999+14:00", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-24:60"},
		[]string{"-", ":", "T", "Z", "t", ".", ",", "+", "0", "9", "60", "24", "é", " ", "13", "31", "02"}},
	{"url", func(s string) string {
		u, err := url.Parse(s)
		if err != nil {
			return "error: " + err.Error()
		}
		return u.Scheme + " " + string([]rune(u.Path))
	}, []string{"unix:///var/run/crio/crio.sock", "https://192.0.2.1:2379", "https://[fd00::1%25eth0]:2379/a%20b?c#d", "http://a:b@h:1/",
		"file:///etc/x", "/a/b", "a/b:c", "mailto:x", "tcp://h1:1,h2:2/", "https://[::ffff:1.2.3.4]/", "https://[1:2:3:4:5:6:7:8]"},
		[]string{":", "/", "//", "?", "#", "%", "%zz", "%41", "%2", "%25", "%c3%a9", "[", "]", "::", "@", " ", "é", "\x7f", "*", "1.2.3.4", "256", "01", "fe80", "g", "<", "\"", "^", ".", "-"}},
	{"hostport", func(s string) string {
		host, port, err := net.SplitHostPort(s)
		return or(host+" "+port, err)
	}, []string{"lb:6443", "[fd00::5]:6443", "[fe80::1%eth0]:1", "10.0.0.1:", ":1"}, []string{":", "[", "]", "a", "::", "%", "é"}},
	{"atoi", func(s string) string {
		n, err := strconv.Atoi(s)
		return or(strconv.Itoa(n), err)
	}, []string{"24", "-64", "+0", "9223372036854775807", "-9223372036854775808", "007"}, []string{"-", "+", "_", " ", "x", "9", "é", "0", "."}},
	{"hex", func(s string) string {
		b, err := hex.DecodeString(s)
		return or(hex.EncodeToString(b), err)
	}, []string{"00ff", "DEADbeef", "0"}, []string{"g", "é", "\n", "0", "F", " ", "\u0085"}},
}

// vectors writes, for each subject, its seeds and so many texts spoilt from them, one JSON array a line:
// the subject, the text, the answer.
func vectors(out io.Writer, count int, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for _, subject := range subjects {
		texts := append([]string{""}, subject.seeds...)
		for range count {
			texts = append(texts, spoil(random, subject))
		}
		for _, text := range texts {
			if err := encoder.Encode([]string{subject.name, text, subject.answer(text)}); err != nil {
				panic(fmt.Sprint("cannot write: ", err))
			}
		}
	}
}

// spoil inserts pieces into a seed, or cuts it, at character boundaries.
func spoil(random *rand.Rand, subject subject) string {
	text := []rune(subject.seeds[random.IntN(len(subject.seeds))])
	for range 1 + random.IntN(3) {
		at := random.IntN(len(text) + 1)
		end := min(at+random.IntN(3), len(text))
		piece := []rune(subject.pieces[random.IntN(len(subject.pieces))])
		if random.IntN(4) == 0 {
			piece = nil
		}
		text = append(append(append([]rune{}, text[:at]...), piece...), text[end:]...)
	}
	return string(text)
}
