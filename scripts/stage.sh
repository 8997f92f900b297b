# Says what a script is doing, and how long that took. To be sourced, not run.
# shellcheck shell=bash

# stage NAME: what came before is over, this begins. What takes longest is what to look at when a run is too slow, so
# the times also go to the file STAGE_TIMES, if there is one.
stage() {
    stage_over
    stage_name=$1
    stage_began=$SECONDS
    echo "== $1"
}

# stage_over: there is no next stage.
stage_over() {
    [[ ${stage_name-} ]] || return 0
    local line
    printf -v line '%5d s  %s' $((SECONDS - stage_began)) "$stage_name"
    stage_name=
    echo "$line"
    [[ ! ${STAGE_TIMES-} ]] || echo "$line" >>"$STAGE_TIMES"
}
