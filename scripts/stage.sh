# Prints what a script is doing, and how long each stage took. Source this file; don't run it.
# shellcheck shell=bash

# stage NAME: ends the previous stage and begins this one. The times are also appended to the file $STAGE_TIMES, if
# that is set, so that a slow run shows which stage to look at.
stage() {
    stage_over
    stage_name=$1
    stage_began=$SECONDS
    echo "== $1"
}

# stage_over: ends the last stage.
stage_over() {
    [[ ${stage_name-} ]] || return 0
    local line
    printf -v line '%5d s  %s' $((SECONDS - stage_began)) "$stage_name"
    stage_name=
    echo "$line"
    [[ ! ${STAGE_TIMES-} ]] || echo "$line" >>"$STAGE_TIMES"
}
