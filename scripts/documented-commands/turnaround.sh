# The four terminals of the walk-through, with the documents' own words: node, program, slave, client. HUP ends the first three.
set -e
SERVER="$COMMAND_1" SERVER_PROGRAM="$COMMAND_2" SLAVE="$COMMAND_3" CLIENT="$COMMAND_4"
LOAD="${COMMAND_5% 5s} 200ms"
end() { kill -HUP $program $slave $server 2> /dev/null || true; }
trap end EXIT
sh -c "exec $SERVER" > "$WORK/server.log" & server=$!
sh -c "exec $SERVER_PROGRAM" & program=$!
sh -c "exec $SLAVE" > "$WORK/slave.log" & slave=$!
# The client asks once, and is told when the program was not there yet.
until sh -c "$CLIENT" > "$WORK/client.log" && grep -q 'Total error count  *0$' "$WORK/client.log"; do cat "$WORK/client.log"; done
sh -c "$LOAD"
kill -HUP $program && wait $program
kill -HUP $slave && wait $slave
kill -HUP $server && wait $server
trap - EXIT
