package main

import (
	"github.com/rs/zerolog"

	"troupe/actors/server"
	"troupe/config"
)

// startServer starts the real server.
func startServer(cfg *config.Config, log zerolog.Logger) (runningServer, error) {
	s, err := server.Start(cfg, log)
	if err != nil {
		return nil, err // not s: a nil *Server in the interface would not be nil
	}
	return s, nil
}
