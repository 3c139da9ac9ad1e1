# Finding and ending every process of one demonstration or print service. Sourced.
#
# All of them inherit one environment variable that names their folder, so there is no pid file that could be stale.

# The ids of all processes whose environment has NAME=VALUE, except this shell. Usage: processes_with NAME=VALUE
processes_with() {
    local environment process all=(/proc/[0-9]*/environ)
    # One program for all of them; the list is older than that program, whose environment is the same.
    while read -r environment; do
        process=${environment#/proc/}
        process=${process%/environ}
        if [[ $process != "$$" && $process != "$BASHPID" ]]; then echo "$process"; fi
    done < <(grep -lzxF "$1" "${all[@]}" 2>/dev/null)
}

# TERM, after two seconds KILL; fails when some are left after three. Usage: end_processes_with NAME=VALUE
end_processes_with() {
    local signal=TERM tries process left
    for tries in {1..60}; do
        left=$(processes_with "$1")
        [[ -n $left ]] || return 0
        if ((tries == 1 || tries == 40)); then
            if ((tries == 40)); then signal=KILL; fi
            for process in $left; do kill -"$signal" "$process" 2>/dev/null || true; done
        fi
        sleep 0.05
    done
    return 1
}
