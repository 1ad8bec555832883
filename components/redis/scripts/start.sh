# Starts the server under the address that the pod has now; the configuration is the same for all nodes.
umask 077
rm -f "$RUN/stopping" "$RUN/formed"

{
    cat "$SETTINGS/server.conf"
    echo "bind $ADDRESS"
    echo "bind-source-addr $ADDRESS"
    echo "tls-port $PORT"
    echo "dir $DATA"
    echo "aclfile $SECRETS/users.acl"
    echo "tls-ca-cert-file $TLS/ca.crt"
    echo "tls-cert-file $TLS/tls.crt"
    echo "tls-key-file $TLS/tls.key"
    echo "cluster-announce-ip $ADDRESS"
    echo "cluster-announce-hostname $HOST"
    echo "replica-announce-ip $ADDRESS"
    echo "replica-announce-port $PORT"
    echo "masterauth $(cat "$SECRETS/replication")"
} >"$RUN/server.conf"

say "starting at $ADDRESS:$PORT as $HOST"
exec "$SERVER" "$RUN/server.conf"
