package main

import (
	"os"

	"github.com/rs/zerolog"

	"troupe/actors/server"
	"troupe/config"
	"troupe/internal/heap"
)

// startServer starts the real server.
func startServer(cfg *config.Config, log zerolog.Logger) (runningServer, error) {
	if _, set := os.LookupEnv("GOGC"); !set {
		heap.Pace(heap.Default()) // until the process ends
	}
	s, err := server.Start(cfg, log)
	if err != nil {
		return nil, err // not s: a nil *Server in the interface would not be nil
	}
	return s, nil
}
