# The README's first program in a project of its own, as it says: until an order has been taken, then INT.
set -e
pack="$COMMAND_1" copy="$COMMAND_2" start="$COMMAND_3"
sh -e -c "$(echo "$pack" | sed "s#my-app#'$WORK/my-app'#")"
sh -e -c "$(echo "$copy" | sed "s#my-app#'$WORK/my-app'#g")"
cd "$WORK/my-app"
sh -c "exec $(echo "$start" | sed "s#9021#$FREE_CTLPORT#")" > shop.log & shop=$!
trap 'kill $shop 2> /dev/null' EXIT
until grep -q ' took order ' shop.log; do kill -0 $shop; done
kill -TERM $shop
wait $shop || test $? = 143
trap - EXIT
