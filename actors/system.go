package actors

import (
	"context"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
)

// NewSystem makes an actor system that logs through ours: only what goes wrong.
func NewSystem(log zerolog.Logger) *actor.ActorSystem {
	logger := slog.New(&leveled{Handler: zerolog.NewSlogHandler(log.With().Str("from", "actors").Logger()), min: slog.LevelWarn})
	return actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return logger }))
}

// leveled drops the runtime's notices about every start, stop and dead letter.
type leveled struct {
	slog.Handler
	min slog.Level
}

func (l *leveled) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= l.min && l.Handler.Enabled(ctx, level)
}
