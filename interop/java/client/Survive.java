import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/**
 * A client whose server is killed and started again: the session, its ephemeral and its watches live on.
 * Prints READY, waits for a line (the server was restarted), then for a second one (another client has made
 * its changes). Argument: host:port.
 */
public final class Survive {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        Check.Events session = new Check.Events();
        Check.Events events = new Check.Events();
        ZooKeeper zk = new ZooKeeper(args[0], 30000, session);
        session.state(KeeperState.SyncConnected);
        zk.create("/survive", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.create("/survive/mine", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        long id = zk.getSessionId();
        zk.getData("/survive", events, null);
        zk.getChildren("/survive", events);
        zk.exists("/survive/later", events);
        zk.addWatch("/survive/tree", events, AddWatchMode.PERSISTENT_RECURSIVE);
        System.out.println("READY");
        in.readLine();
        session.state(KeeperState.Disconnected);
        session.state(KeeperState.SyncConnected);
        Check.equal(id, zk.getSessionId(), "the session is the same");
        Check.equal(id, zk.exists("/survive/mine", false).getEphemeralOwner(), "the ephemeral is there");
        System.out.println("BACK");
        in.readLine();
        events.next(EventType.NodeDataChanged, "/survive");
        events.next(EventType.NodeCreated, "/survive/later");
        events.next(EventType.NodeChildrenChanged, "/survive");
        events.next(EventType.NodeCreated, "/survive/tree");
        events.next(EventType.NodeCreated, "/survive/tree/leaf");
        events.none();
        zk.close();
        System.out.println("OK " + Check.count + " checks");
        System.exit(0);
    }
}
