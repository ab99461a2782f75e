// Go's ReverseProxy with a map of tokens. It keeps as many idle connections as there may be clients; by default it keeps
// two, and most requests of a busy proxy connect anew.
package main

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
)

var tokens = map[string]bool{"token1": true, "token2": true}

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write([]byte(`{"text":"` + text + `","status":"error"}`))
}

func guarded(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		header := r.Header.Get("Authorization")
		if header == "" {
			w.Header().Set("WWW-Authenticate", `Token realm="token-server"`)
			refuse(w, 401, "Missing authorization header")
			return
		}
		words := strings.Split(header, " ")
		if len(words) != 2 || !strings.EqualFold(words[0], "Token") || !tokens[words[1]] {
			refuse(w, 403, "Token doesn't exist")
			return
		}
		next.ServeHTTP(w, r)
	}
}

func proxy(upstream string) http.Handler {
	target, err := url.Parse(upstream)
	if err != nil {
		panic(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns = 2000
	transport.MaxIdleConnsPerHost = 2000
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = transport
	return guarded(proxy)
}

func main() {
	http.Handle("/", proxy(os.Args[2]))
	http.Handle("/stream/", proxy(os.Args[3]))
	http.ListenAndServe("127.0.0.1:"+os.Args[1], nil)
}
