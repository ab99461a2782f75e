// Go's net/http with a map of tokens.
package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
)

type answer struct {
	Text   string `json:"text"`
	Status string `json:"status"`
}

var tokens = map[string]bool{"token1": true, "token2": true}

func write(w http.ResponseWriter, status int, text, outcome string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer{text, outcome})
}

func guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		header := r.Header.Get("Authorization")
		if header == "" {
			w.Header().Set("WWW-Authenticate", `Token realm="token-server"`)
			write(w, 401, "Missing authorization header", "error")
			return
		}
		words := strings.Split(header, " ")
		if len(words) != 2 || !strings.EqualFold(words[0], "Token") || !tokens[words[1]] {
			write(w, 403, "Token doesn't exist", "error")
			return
		}
		next(w, r)
	}
}

func main() {
	pong := guarded(func(w http.ResponseWriter, r *http.Request) { write(w, 200, "pong", "success") })
	http.HandleFunc("/ping", pong)
	http.HandleFunc("/items/", pong)
	http.HandleFunc("/read", guarded(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		write(w, 200, "pong", "success")
	}))
	http.ListenAndServe("127.0.0.1:"+os.Args[1], nil)
}
