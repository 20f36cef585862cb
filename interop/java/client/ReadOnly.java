import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/**
 * A client that allows for a read-only server: it meets one without a quorum, prints READONLY when it has read and was
 * refused a write there, and writes through the same handle when there is a quorum again.
 * Arguments: host:port[,host:port...], the path of a znode that is there, its data, the path of one to create.
 */
public final class ReadOnly {
    public static void main(String[] args) throws Exception {
        Check.Events session = new Check.Events();
        ZooKeeper zk = new ZooKeeper(args[0], 30000, session, true);
        session.state(KeeperState.ConnectedReadOnly);
        Check.equal(args[2], new String(zk.getData(args[1], false, null), "UTF-8"), "what is read");
        try {
            zk.create(args[3], null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            throw new AssertionError("a write was taken");
        } catch (KeeperException.NotReadOnlyException expected) {
            Check.equal(ZooKeeper.States.CONNECTEDREADONLY, zk.getState(), "the session goes on");
        }
        System.out.println("READONLY");
        session.state(KeeperState.Disconnected);
        session.state(KeeperState.SyncConnected);
        zk.create(args[3], null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.close();
        System.out.println("OK " + Check.count + " checks");
        System.exit(0);
    }
}
