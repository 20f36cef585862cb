import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.Transaction;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZKUtil;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;

/** Every operation of the Java client, with what it must answer. Argument: host:port. */
public final class Api {
    static String address;

    public static void main(String[] args) throws Exception {
        address = args[0];
        ZooKeeper zk = connect(address, new Check.Events());
        nodes(zk);
        modes(zk);
        transactions(zk);
        acls(zk);
        asynchronous(zk);
        zk.close();
        watches();
        persistentWatches();
        removal();
        sessions();
        chroot();
        System.out.println("OK " + Check.count + " checks");
        System.exit(0);
    }

    static ZooKeeper connect(String where, Check.Events events) throws Exception {
        ZooKeeper zk = new ZooKeeper(where, 10000, events);
        events.state(KeeperState.SyncConnected);
        return zk;
    }

    static byte[] bytes(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    static void nodes(ZooKeeper zk) throws Exception {
        Stat stat = new Stat();
        Check.equal("/n", zk.create("/n", bytes("data"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, stat), "create2");
        Check.equal(4, stat.getDataLength(), "dataLength");
        Check.equal(stat.getCzxid(), stat.getPzxid(), "pzxid of a new node");
        Check.equal("/n/null", zk.create("/n/null", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT), "create");
        Check.equal(null, zk.getData("/n/null", false, null), "null data");
        Check.equal("data", new String(zk.getData("/n", false, stat)), "getData");
        Check.equal(1, stat.getNumChildren(), "numChildren");
        Check.equal(1, zk.setData("/n", bytes("more"), 0).getVersion(), "setData");
        Check.fails(Code.BADVERSION, () -> zk.setData("/n", null, 0), "old version");
        Check.fails(Code.NODEEXISTS, () -> zk.create("/n", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT), "create twice");
        Check.fails(Code.NONODE, () -> zk.create("/no/parent", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT), "create without parent");
        Check.fails(Code.NONODE, () -> zk.getData("/none", false, null), "getData of none");
        Check.fails(Code.NOTEMPTY, () -> zk.delete("/n", -1), "delete with children");
        Check.fails(Code.BADARGUMENTS, () -> zk.delete("/zookeeper", -1), "delete of a system node");
        Check.equal(null, zk.exists("/none", false), "exists of none");
        Check.equal(1, zk.exists("/n", false).getVersion(), "exists");
        Check.equal(Arrays.asList("null"), zk.getChildren("/n", false), "getChildren");
        Check.equal(Arrays.asList("null"), zk.getChildren("/n", false, stat), "getChildren2");
        zk.create("/n/null/deep", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        Check.equal(2, zk.getAllChildrenNumber("/n"), "getAllChildrenNumber");
        zk.create("/n/\u4e2d\u6587", bytes("\u00fc"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        Check.equal("\u00fc", new String(zk.getData("/n/\u4e2d\u6587", false, null), StandardCharsets.UTF_8), "a name in Chinese");
        byte[] big = new byte[1000000];
        Arrays.fill(big, (byte) 'b');
        zk.setData("/n", big, -1);
        Check.yes(Arrays.equals(big, zk.getData("/n", false, null)), "a megabyte");
        zk.sync("/n", (rc, path, ctx) -> {}, null);
        Check.yes(ZKUtil.deleteRecursive(zk, "/n", 10), "deleteRecursive");
        Check.equal(null, zk.exists("/n", false), "all deleted");
        Check.yes(zk.getConfig(false, stat).length == 0, "the configuration of a standalone server is empty");
    }

    static void modes(ZooKeeper zk) throws Exception {
        zk.create("/m", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        Check.equal("/m/s-0000000000", zk.create("/m/s-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL), "sequential");
        Check.equal("/m/e-0000000001", zk.create("/m/e-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL), "ephemeral sequential");
        Stat stat = new Stat();
        zk.create("/m/e", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL, stat);
        Check.equal(zk.getSessionId(), stat.getEphemeralOwner(), "owner");
        Check.fails(Code.NOCHILDRENFOREPHEMERALS, () -> zk.create("/m/e/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT), "child of an ephemeral");
        List<String> mine = new ArrayList<>(zk.getEphemerals());
        Collections.sort(mine);
        Check.equal(Arrays.asList("/m/e", "/m/e-0000000001"), mine, "getEphemerals");
        Check.equal(0, zk.getEphemerals("/other").size(), "getEphemerals below another path");
        zk.create("/m/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER, stat);
        Check.equal(0L, stat.getEphemeralOwner(), "a container shows no owner");
        zk.create("/m/t", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, stat, 3600000);
        Check.equal("/m/t-0000000005", zk.create("/m/t-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, stat, 3600000), "sequential with TTL");
        // Both go by themselves (the test sets a short check interval).
        Check.Events events = new Check.Events();
        zk.create("/m/short", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, stat, 100);
        zk.exists("/m/short", events);
        events.next(EventType.NodeDeleted, "/m/short");
        zk.create("/m/c/child", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.exists("/m/c", events);
        zk.delete("/m/c/child", -1);
        events.next(EventType.NodeDeleted, "/m/c");
    }

    static void transactions(ZooKeeper zk) throws Exception {
        zk.create("/x", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        List<OpResult> results = zk.multi(Arrays.asList(
            Op.create("/x/a", bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT), Op.setData("/x/a", bytes("2"), 0), Op.check("/x/a", 1),
            Op.create("/x/s-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL), Op.create("/x/b", null, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER),
            Op.create("/x/t", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, 3600000), Op.delete("/x/b", 0)));
        Check.equal("/x/a", ((OpResult.CreateResult) results.get(0)).getPath(), "created");
        Check.equal(1, ((OpResult.SetDataResult) results.get(1)).getStat().getVersion(), "set");
        Check.equal("/x/s-0000000001", ((OpResult.CreateResult) results.get(3)).getPath(), "sequential in a multi");
        Check.equal(7, results.size(), "results");
        try {
            zk.multi(Arrays.asList(Op.setData("/x/a", bytes("3"), -1), Op.delete("/x/none", -1), Op.setData("/x/a", bytes("4"), -1)));
            throw new AssertionError("the multi must fail");
        } catch (org.apache.zookeeper.KeeperException e) {
            Check.equal(Code.NONODE, e.code(), "the code of the operation that failed");
            List<Integer> codes = new ArrayList<>();
            for (OpResult r : e.getResults()) {
                codes.add(((OpResult.ErrorResult) r).getErr());
            }
            Check.equal(Arrays.asList(0, Code.NONODE.intValue(), Code.RUNTIMEINCONSISTENCY.intValue()), codes, "results of a failed multi");
        }
        Check.equal("2", new String(zk.getData("/x/a", false, null)), "a failed multi changes nothing");
        Transaction t = zk.transaction();
        t.create("/x/tx", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL).check("/x/tx", 0).setData("/x", bytes("t"), -1);
        Check.equal(3, t.commit().size(), "transaction");
        List<OpResult> reads = zk.multi(Arrays.asList(Op.getData("/x/a"), Op.getChildren("/x"), Op.getData("/x/none")));
        Check.equal("2", new String(((OpResult.GetDataResult) reads.get(0)).getData()), "read in a multi");
        Check.equal(4, ((OpResult.GetChildrenResult) reads.get(1)).getChildren().size(), "children in a multi");
        Check.equal(Code.NONODE.intValue(), ((OpResult.ErrorResult) reads.get(2)).getErr(), "error in a multi of reads");
        Check.equal(0, zk.multi(Collections.emptyList()).size(), "an empty multi");
    }

    static void acls(ZooKeeper zk) throws Exception {
        ZooKeeper alice = connect(address, new Check.Events());
        alice.addAuthInfo("digest", bytes("alice:secret"));
        alice.create("/p", bytes("private"), Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        Check.fails(Code.NOAUTH, () -> zk.getData("/p", false, null), "read without right");
        Check.fails(Code.NOAUTH, () -> zk.setData("/p", null, -1), "write without right");
        Check.fails(Code.NOAUTH, () -> zk.create("/p/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT), "create without right");
        Check.fails(Code.INVALIDACL, () -> zk.create("/q", null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT), "creator without authentication");
        Check.fails(Code.INVALIDACL, () -> zk.create("/q", null, Arrays.asList(new ACL(Perms.ALL, new Id("nosuch", "x"))), CreateMode.PERSISTENT), "unknown scheme");
        Stat stat = new Stat();
        List<ACL> acl = alice.getACL("/p", stat);
        Check.equal("digest", acl.get(0).getId().getScheme(), "scheme");
        acl.add(new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE));
        Check.equal(1, alice.setACL("/p", acl, 0).getAversion(), "setACL");
        Check.fails(Code.BADVERSION, () -> alice.setACL("/p", acl, 0), "old version of the ACL");
        Check.equal("private", new String(zk.getData("/p", false, null)), "readable now");
        Check.equal("alice:x", zk.getACL("/p", stat).get(0).getId().getId(), "the hash is masked");
        zk.addAuthInfo("digest", bytes("super:admin"));
        Check.yes(zk.setData("/p", bytes("by super"), -1).getVersion() == 1, "the super user may all");
        Check.equal(Arrays.asList("digest:super", "ip:127.0.0.1", "super:"), ids(zk), "whoAmI");
        zk.create("/ip", null, Arrays.asList(new ACL(Perms.ALL, new Id("ip", "127.0.0.0/8"))), CreateMode.PERSISTENT);
        alice.setData("/ip", bytes("x"), -1);
        alice.close();
    }

    static List<String> ids(ZooKeeper zk) throws Exception {
        List<String> out = new ArrayList<>();
        zk.whoAmI().forEach(c -> out.add(c.getAuthScheme() + ":" + c.getUser()));
        Collections.sort(out);
        return out;
    }

    /** Many requests in flight: the callbacks come in order. */
    static void asynchronous(ZooKeeper zk) throws Exception {
        int n = 5000;
        zk.create("/async", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        CountDownLatch done = new CountDownLatch(2 * n);
        AtomicInteger last = new AtomicInteger(-1);
        AtomicInteger wrong = new AtomicInteger();
        for (int i = 0; i < n; i++) {
            byte[] data = bytes(Integer.toString(i));
            zk.setData("/async", data, -1, (rc, path, ctx, stat) -> {
                if (rc != 0 || (Integer) ctx != last.incrementAndGet()) {
                    wrong.incrementAndGet();
                }
                done.countDown();
            }, i);
            zk.getData("/async", false, (rc, path, ctx, got, stat) -> {
                if (rc != 0 || !Arrays.equals(data, got)) {
                    wrong.incrementAndGet();
                }
                done.countDown();
            }, i);
        }
        Check.yes(done.await(60, TimeUnit.SECONDS), "all callbacks came");
        Check.equal(0, wrong.get(), "callbacks out of order, or reads that saw another write than the one before them");
    }

    static void watches() throws Exception {
        Check.Events events = new Check.Events();
        Check.Events mine = new Check.Events();
        ZooKeeper zk = connect(address, events);
        ZooKeeper other = connect(address, new Check.Events());
        zk.exists("/w", mine);
        other.create("/w", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        mine.next(EventType.NodeCreated, "/w");
        zk.getData("/w", true, null);
        other.setData("/w", bytes("1"), -1);
        other.setData("/w", bytes("2"), -1);
        events.next(EventType.NodeDataChanged, "/w");
        zk.getChildren("/w", mine);
        other.create("/w/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        mine.next(EventType.NodeChildrenChanged, "/w");
        zk.getData("/w/c", mine, null);
        zk.getChildren("/w/c", mine);
        other.delete("/w/c", -1);
        mine.next(EventType.NodeDeleted, "/w/c");
        zk.sync("/", (rc, path, ctx) -> {}, null);
        zk.exists("/", false);
        events.none();
        mine.none();
        other.delete("/w", -1);
        other.close();
        zk.close();
    }

    static void persistentWatches() throws Exception {
        Check.Events events = new Check.Events();
        ZooKeeper zk = connect(address, new Check.Events());
        zk.addWatch("/pw", events, AddWatchMode.PERSISTENT);
        zk.create("/pw", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.setData("/pw", null, -1);
        zk.setData("/pw", null, -1);
        zk.create("/pw/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.setData("/pw/c", null, -1);
        zk.delete("/pw/c", -1);
        zk.delete("/pw", -1);
        for (EventType type : new EventType[] {EventType.NodeCreated, EventType.NodeDataChanged, EventType.NodeDataChanged,
            EventType.NodeChildrenChanged, EventType.NodeChildrenChanged, EventType.NodeDeleted}) {
            events.next(type, "/pw");
        }
        zk.addWatch("/rw", events, AddWatchMode.PERSISTENT_RECURSIVE);
        zk.create("/rw", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.create("/rw/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.setData("/rw/c", null, -1);
        zk.delete("/rw/c", -1);
        zk.delete("/rw", -1);
        events.next(EventType.NodeCreated, "/rw");
        events.next(EventType.NodeCreated, "/rw/c");
        events.next(EventType.NodeDataChanged, "/rw/c");
        events.next(EventType.NodeDeleted, "/rw/c");
        events.next(EventType.NodeDeleted, "/rw");
        events.none();
        zk.close();
    }

    static void removal() throws Exception {
        Check.Events events = new Check.Events();
        ZooKeeper zk = connect(address, new Check.Events());
        zk.create("/rm", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        Check.fails(Code.NOWATCHER, () -> zk.removeWatches("/rm", events, WatcherType.Any, false), "none to remove");
        zk.getData("/rm", events, null);
        zk.getChildren("/rm", events);
        zk.removeWatches("/rm", events, WatcherType.Data, false);
        events.next(EventType.DataWatchRemoved, "/rm");
        zk.setData("/rm", null, -1);
        zk.create("/rm/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        events.next(EventType.NodeChildrenChanged, "/rm");
        zk.addWatch("/rm", events, AddWatchMode.PERSISTENT_RECURSIVE);
        zk.removeAllWatches("/rm", WatcherType.Any, false);
        events.next(EventType.PersistentWatchRemoved, "/rm");
        zk.setData("/rm/c", null, -1);
        zk.exists("/rm", false);
        events.none();
        zk.close();
    }

    static void sessions() throws Exception {
        ZooKeeper first = connect(address, new Check.Events());
        first.create("/session", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        long id = first.getSessionId();
        Check.Events events = new Check.Events();
        ZooKeeper second = new ZooKeeper(address, 10000, events, id, first.getSessionPasswd());
        events.state(KeeperState.SyncConnected);
        Check.equal(id, second.getSessionId(), "the same session");
        Check.equal(id, second.exists("/session", false).getEphemeralOwner(), "its ephemeral is there");
        second.close();
        ZooKeeper other = connect(address, new Check.Events());
        Check.equal(null, other.exists("/session", false), "it went with the session");
        events = new Check.Events();
        ZooKeeper late = new ZooKeeper(address, 10000, events, id, first.getSessionPasswd());
        events.state(KeeperState.Expired);
        late.close();
        events = new Check.Events();
        ZooKeeper wrong = new ZooKeeper(address, 10000, events, other.getSessionId(), new byte[16]);
        events.state(KeeperState.Expired);
        wrong.close();
        other.close();
        first.close();
    }

    static void chroot() throws Exception {
        ZooKeeper zk = connect(address, new Check.Events());
        zk.create("/root", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        Check.Events events = new Check.Events();
        ZooKeeper below = connect(address + "/root", events);
        below.addWatch("/", events, AddWatchMode.PERSISTENT_RECURSIVE);
        Check.equal("/c-0000000000", below.create("/c-", bytes("c"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL), "a path below the chroot");
        events.next(EventType.NodeCreated, "/c-0000000000");
        Check.equal("c", new String(zk.getData("/root/c-0000000000", false, null)), "where it is");
        Check.equal(Arrays.asList("c-0000000000"), below.getChildren("/", false), "children of the chroot");
        below.multi(Arrays.asList(Op.create("/m", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT), Op.delete("/m", -1)));
        below.close();
        zk.close();
    }
}
