# Builds the program as it is released. Source this file after packages.sh, with the folder of the project in `root`; don't
# run it.
# shellcheck shell=bash disable=SC2154  # root

# need_tool NAME VERSION: installs a program from the crate registry unless this version is there.
need_tool() {
    cargo install --list | grep -q "^$1 v$2:" && return
    # It runs for seconds, and optimising it would take minutes.
    CARGO_PROFILE_DEV_DEBUG=false cargo install --locked --profile dev "$1@$2" >&2
}

# The time of everything in a package.
release_time() {
    [[ ${SOURCE_DATE_EPOCH-} ]] || SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
    export SOURCE_DATE_EPOCH
}

# release_build: builds the program and sets `program` to its path. DUOLOGUE_BIN=FILE takes that one instead.
release_build() {
    program=${DUOLOGUE_BIN-}
    [[ -z $program ]] || return 0
    need_cargo
    # On another Linux (status 2), the build reports what is missing.
    need_packages "${BUILD_PACKAGES[@]}" || (($? == 2))
    need_tool cargo-auditable 0.7.7
    # Names of folders on this computer would get into the program, and nobody else could build the same one.
    local from_here=("$root=." "${CARGO_HOME:-$HOME/.cargo}=cargo")
    (
        export RUSTFLAGS="${RUSTFLAGS-} ${from_here[*]/#/--remap-path-prefix=}"
        export CFLAGS="${CFLAGS-} ${from_here[*]/#/-ffile-prefix-map=}"
        # With the list of its crates in it, so that `cargo audit bin` can check the installed program.
        cargo auditable build --release --locked --manifest-path "$root/Cargo.toml"
    )
    program=${CARGO_TARGET_DIR:-$root/target}/release/duologue
}
