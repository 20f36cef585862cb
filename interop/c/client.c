/* The C client (libzookeeper_mt) against one server. Argument: host:port. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zookeeper/zookeeper.h>

static int checks;

static void check(int ok, const char *what, int got) {
    checks++;
    if (!ok) {
        printf("FAILED: %s (got %d: %s)\n", what, got, zerror(got));
        exit(1);
    }
}

static void equal(int want, int got, const char *what) { check(want == got, what, got); }

/* Events of all handles and watches: a list that can be waited for. */
enum { MAX_EVENTS = 256 };
static struct { int type, state; char path[128]; } events[MAX_EVENTS];
static int event_count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;

static void watch(zhandle_t *zh, int type, int state, const char *path, void *ctx) {
    (void)zh;
    (void)ctx;
    pthread_mutex_lock(&mutex);
    if (event_count < MAX_EVENTS) {
        events[event_count].type = type;
        events[event_count].state = state;
        snprintf(events[event_count].path, sizeof events[0].path, "%s", path ? path : "");
        event_count++;
    }
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&mutex);
}

/* Waits for an event of the type on the path, or, with type ZOO_SESSION_EVENT, for a state; takes it out. */
static void expect(int type, int state, const char *path, const char *what) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 20;
    pthread_mutex_lock(&mutex);
    for (;;) {
        for (int i = 0; i < event_count; i++) {
            int fits = events[i].type == type && (type == ZOO_SESSION_EVENT ? events[i].state == state : strcmp(events[i].path, path) == 0);
            if (fits) {
                memmove(&events[i], &events[i + 1], (size_t)(event_count - i - 1) * sizeof events[0]);
                event_count--;
                checks++;
                pthread_mutex_unlock(&mutex);
                return;
            }
        }
        if (pthread_cond_timedwait(&more, &mutex, &end) != 0) {
            printf("FAILED: no event: %s\n", what);
            exit(1);
        }
    }
}

static zhandle_t *connect_to(const char *address, const clientid_t *id) {
    zhandle_t *zh = zookeeper_init(address, watch, 10000, id, NULL, 0);
    check(zh != NULL, "zookeeper_init", 0);
    return zh;
}

static zhandle_t *connected(const char *address) {
    zhandle_t *zh = connect_to(address, NULL);
    expect(ZOO_SESSION_EVENT, ZOO_CONNECTED_STATE, "", "connected");
    return zh;
}

static void nodes(zhandle_t *zh) {
    char path[128], data[128];
    int len;
    struct Stat stat;
    struct String_vector names;
    equal(ZOK, zoo_create(zh, "/c", "data", 4, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path), "create");
    check(strcmp(path, "/c") == 0, "path", 0);
    equal(ZNODEEXISTS, zoo_create(zh, "/c", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), "create twice");
    equal(ZOK, zoo_create2(zh, "/c/s-", NULL, -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, path, sizeof path, &stat), "create2");
    check(strcmp(path, "/c/s-0000000000") == 0 && stat.version == 0, "sequential", 0);
    equal(ZNONODE, zoo_create(zh, "/none/c", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), "create without parent");
    len = sizeof data;
    equal(ZOK, zoo_get(zh, "/c/s-0000000000", 0, data, &len, &stat), "get");
    equal(-1, len, "null data");
    len = sizeof data;
    equal(ZOK, zoo_get(zh, "/c", 0, data, &len, &stat), "get");
    check(len == 4 && memcmp(data, "data", 4) == 0 && stat.numChildren == 1, "data", len);
    equal(ZOK, zoo_set2(zh, "/c", "more", 4, 0, &stat), "set");
    equal(1, stat.version, "version");
    equal(ZBADVERSION, zoo_set(zh, "/c", "x", 1, 0), "old version");
    equal(ZNONODE, zoo_exists(zh, "/none", 0, &stat), "exists of none");
    equal(ZOK, zoo_exists(zh, "/c", 0, &stat), "exists");
    equal(ZNOTEMPTY, zoo_delete(zh, "/c", -1), "delete with children");
    equal(ZOK, zoo_get_children(zh, "/c", 0, &names), "children");
    equal(1, names.count, "count of children");
    deallocate_String_vector(&names);
    equal(ZOK, zoo_get_children2(zh, "/c", 0, &names, &stat), "children with stat");
    deallocate_String_vector(&names);
    equal(ZOK, zoo_delete(zh, "/c/s-0000000000", 0), "delete");
    equal(ZOK, zoo_delete(zh, "/c", 1), "delete");
    equal(ZBADARGUMENTS, zoo_delete(zh, "/zookeeper", -1), "delete of a system node");
}

static void multis(zhandle_t *zh) {
    char path[64];
    struct Stat stat;
    zoo_op_t ops[4];
    zoo_op_result_t results[4];
    zoo_create_op_init(&ops[0], "/m", "1", 1, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
    zoo_set_op_init(&ops[1], "/m", "2", 1, 0, &stat);
    zoo_check_op_init(&ops[2], "/m", 1);
    zoo_delete_op_init(&ops[3], "/m", 1);
    equal(ZOK, zoo_multi(zh, 4, ops, results), "multi");
    check(strcmp(path, "/m") == 0 && stat.version == 1, "results", 0);
    zoo_create_op_init(&ops[0], "/m", "1", 1, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
    zoo_delete_op_init(&ops[1], "/none", -1);
    zoo_check_op_init(&ops[2], "/m", 0);
    equal(ZNONODE, zoo_multi(zh, 3, ops, results), "a multi that fails");
    equal(ZOK, results[0].err, "before the failure");
    equal(ZNONODE, results[1].err, "the failure");
    equal(ZRUNTIMEINCONSISTENCY, results[2].err, "behind the failure");
    equal(ZNONODE, zoo_exists(zh, "/m", 0, &stat), "nothing is left of it");
}

static void watches(zhandle_t *zh, zhandle_t *other) {
    char data[16];
    int len = sizeof data;
    struct String_vector names;
    equal(ZNONODE, zoo_wexists(zh, "/w", watch, NULL, NULL), "watch");
    equal(ZOK, zoo_create(other, "/w", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), "create");
    expect(ZOO_CREATED_EVENT, 0, "/w", "created");
    equal(ZOK, zoo_wget(zh, "/w", watch, NULL, data, &len, NULL), "watch data");
    equal(ZOK, zoo_set(other, "/w", "x", 1, -1), "set");
    expect(ZOO_CHANGED_EVENT, 0, "/w", "changed");
    equal(ZOK, zoo_wget_children(zh, "/w", watch, NULL, &names), "watch children");
    deallocate_String_vector(&names);
    equal(ZOK, zoo_create(other, "/w/c", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, NULL, 0), "create a child");
    expect(ZOO_CHILD_EVENT, 0, "/w", "children changed");
    equal(ZOK, zoo_wexists(zh, "/w/c", watch, NULL, NULL), "watch");
    equal(ZOK, zoo_delete(other, "/w/c", -1), "delete");
    expect(ZOO_DELETED_EVENT, 0, "/w/c", "deleted");
    equal(ZOK, zoo_delete(other, "/w", -1), "delete");
}

static void authentication(const char *address, zhandle_t *zh) {
    struct ACL_vector acl;
    struct Stat stat;
    int len = 0;
    zhandle_t *alice = connected(address);
    equal(ZOK, zoo_add_auth(alice, "digest", "alice:secret", 12, NULL, NULL), "authenticate");
    equal(ZOK, zoo_create(alice, "/p", "x", 1, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0), "create");
    equal(ZNOAUTH, zoo_get(zh, "/p", 0, NULL, &len, NULL), "read without right");
    equal(ZINVALIDACL, zoo_create(zh, "/q", "", 0, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0), "creator without authentication");
    equal(ZOK, zoo_get_acl(alice, "/p", &acl, &stat), "getACL");
    check(acl.count == 1 && strcmp(acl.data[0].id.scheme, "digest") == 0, "the ACL", acl.count);
    deallocate_ACL_vector(&acl);
    equal(ZOK, zoo_set_acl(alice, "/p", 0, &ZOO_OPEN_ACL_UNSAFE), "setACL");
    equal(ZOK, zoo_set(zh, "/p", "y", 1, -1), "open now");
    equal(ZOK, zookeeper_close(alice), "close");
}

/*
 * A second handle on the same session closes it: its ephemerals go, and the first handle learns that it
 * expired. The two handles take the connection from each other, so the close may need more than one try.
 */
static void sessions(const char *address, zhandle_t *zh) {
    struct Stat stat;
    struct timespec tick = {0, 5000000};
    zhandle_t *first = connected(address);
    clientid_t id = *zoo_client_id(first);
    equal(ZOK, zoo_create(first, "/e", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, NULL, 0), "ephemeral");
    equal(ZOK, zoo_wexists(zh, "/e", watch, NULL, &stat), "watch it");
    check(stat.ephemeralOwner == id.client_id, "owner", 0);
    for (int tries = 0; zoo_exists(zh, "/e", 0, &stat) == ZOK; tries++) {
        check(tries < 50, "the session is never closed", tries);
        zhandle_t *second = connect_to(address, &id);
        for (int i = 0; i < 200 && zoo_state(second) != ZOO_CONNECTED_STATE; i++) {
            nanosleep(&tick, NULL);
        }
        zookeeper_close(second);
    }
    expect(ZOO_DELETED_EVENT, 0, "/e", "the ephemeral goes");
    expect(ZOO_SESSION_EVENT, ZOO_EXPIRED_SESSION_STATE, "", "the first handle learns it");
    zookeeper_close(first);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        return 2;
    }
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zhandle_t *zh = connected(argv[1]);
    zhandle_t *other = connected(argv[1]);
    nodes(zh);
    multis(zh);
    watches(zh, other);
    authentication(argv[1], zh);
    sessions(argv[1], zh);
    equal(ZOK, zookeeper_close(other), "close");
    equal(ZOK, zookeeper_close(zh), "close");
    printf("OK %d checks\n", checks);
    return 0;
}
