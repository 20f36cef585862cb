import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;

/** What the programs of this folder share: assertions that count, and a watcher whose events can be awaited. */
final class Check {
    static int count;

    private Check() {}

    static void equal(Object want, Object got, String what) {
        count++;
        if (!Objects.equals(want, got)) {
            throw new AssertionError(what + ": wanted " + want + ", got " + got);
        }
    }

    static void yes(boolean condition, String what) {
        equal(true, condition, what);
    }

    interface Call {
        void run() throws Exception;
    }

    /** The call must fail with the code. */
    static void fails(KeeperException.Code want, Call call, String what) throws Exception {
        count++;
        try {
            call.run();
        } catch (KeeperException e) {
            equal(want, e.code(), what);
            return;
        }
        throw new AssertionError(what + ": wanted " + want + ", but it succeeded");
    }

    /** Keeps the events of znodes, and apart from them those of the connection. */
    static final class Events implements Watcher {
        final LinkedBlockingQueue<WatchedEvent> nodes = new LinkedBlockingQueue<>();
        final LinkedBlockingQueue<Watcher.Event.KeeperState> states = new LinkedBlockingQueue<>();

        @Override
        public void process(WatchedEvent e) {
            if (e.getType() == Watcher.Event.EventType.None) {
                states.add(e.getState());
            } else {
                nodes.add(e);
            }
        }

        void next(Watcher.Event.EventType type, String path) throws Exception {
            WatchedEvent e = nodes.poll(20, TimeUnit.SECONDS);
            equal(type + " " + path, e == null ? "nothing" : e.getType() + " " + e.getPath(), "event");
        }

        void none() {
            equal(0, nodes.size(), "events left over: " + nodes);
        }

        void state(Watcher.Event.KeeperState want) throws Exception {
            for (;;) {
                Watcher.Event.KeeperState s = states.poll(30, TimeUnit.SECONDS);
                if (s == want) {
                    count++;
                    return;
                }
                if (s == null) {
                    throw new AssertionError("the state " + want + " never came");
                }
            }
        }
    }
}
