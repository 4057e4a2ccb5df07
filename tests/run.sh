#!/bin/sh
# Builds and runs the tests on Debian 12; installs what it lacks.
#
# usage: tests/run.sh [MODE...]     without a mode: gcc clang asan reference
#   gcc        everything, warnings are errors
#   clang      everything, warnings are errors
#   asan       address and undefined-behavior sanitizers, without the registry's harnesses
#   asan-registry  the same for these
#   reference  plain C linear algebra instead of OpenBLAS
#   core       the core, without linear algebra
#   lto        -O3 and link-time optimization, without the programs
#   valgrind   memcheck
#   tsan       thread sanitizer, with plain C linear algebra
#   fuzz       libFuzzer, FUZZ_SECONDS (default 2) for every public function
#   tidy       clang-tidy, of the files that the gcc build compiles
#   coverage   lines and branches of lib/, as text
#   i386       that a 32-bit build is refused by name: there are no 128-bit integers; no tests
#   all        all of these
# TEST_PATIENCE (default 2) stretches every limit of time, within the tests (CK_TIMEOUT_MULTIPLIER) and around them.
# The last line says how many tests passed, failed and were skipped; skipped ones are named.
set -eu
cd "$(dirname "$0")/.."

.ci/packages.sh build tests

# A locale with a decimal comma, without touching the machine's.
if [ ! -d build/locale/de_DE.UTF-8 ]; then
    mkdir -p build/locale
    localedef -i de_DE -f UTF-8 build/locale/de_DE.UTF-8 >/dev/null 2>&1 || true
fi
export LOCPATH="$PWD/build/locale"
# Our own workers are tested at any number; the BLAS below need not fight over the machine.
export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-2}"

results=build/results.txt
: >"$results"

# configure NAME COMPILER OPTION...
configure() {
    name=$1 compiler=$2
    shift 2
    set -- -Ddefault_library=both -Dpkgconfig.relocatable=true -Dtests=enabled "$@"
    if [ -f "build/$name/build.ninja" ]; then
        meson configure "build/$name" "$@" >/dev/null
    else
        rm -rf "build/$name"
        case $compiler in
        clang) CC=clang CXX=clang++ meson setup "build/$name" "$@" ;;
        *) CC=gcc CXX=g++ meson setup "build/$name" "$@" ;;
        esac
    fi
}

# run_tests NAME TIMES [OPTION...]: builds, tests with limits of time so many times as long, adds the outcome to $results
run_tests() {
    name=$1
    CK_TIMEOUT_MULTIPLIER=$(($2 * ${TEST_PATIENCE:-2}))
    export CK_TIMEOUT_MULTIPLIER
    shift 2
    if ! ninja -C "build/$name"; then
        echo "fail $name: build" >>"$results"
        return
    fi
    rm -f "build/$name/meson-logs/"testlog*.json
    meson test -C "build/$name" --no-rebuild --print-errorlogs \
        --timeout-multiplier "$CK_TIMEOUT_MULTIPLIER" "$@" || true
    python3 .ci/outcome.py "$name" "build/$name/meson-logs/"testlog*.json >>"$results"
}

warnings='-Dwerror=true -Ddebug=true'
frames='-Dframe_limit=16384' # docs/ARCHITECTURE.md, "Stack"
quick='--buildtype=debugoptimized -Dbench=false'

run_mode() {
    echo "== $1"
    # shellcheck disable=SC2086 # lists of options
    case $1 in
    gcc)
        configure gcc gcc $warnings $frames
        REG_CORPUS="$PWD/build/fuzz/corpus" run_tests gcc 1
        ;;
    clang)
        configure clang clang -Dwerror=true $frames
        run_tests clang 1
        ;;
    asan)
        configure asan gcc $quick -Db_sanitize=address,undefined
        # No detect_stack_use_after_return: gcc 12 then misaligns vectors of 64 bytes (GCC bug 110027).
        ASAN_OPTIONS=allocator_may_return_null=1 \
            UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
            run_tests asan 6 --no-suite consumer --no-suite registry
        ;;
    asan-registry)
        configure asan gcc $quick -Db_sanitize=address,undefined
        ASAN_OPTIONS=allocator_may_return_null=1 \
            UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
            run_tests asan 6 --suite registry
        ;;
    reference)
        configure reference gcc $warnings -Dlinalg=reference
        run_tests reference 1
        ;;
    core)
        configure core gcc $warnings $frames -Dlinalg=none
        run_tests core 1
        ;;
    lto)
        configure lto gcc $warnings --buildtype=release -Db_lto=true -Dexamples=disabled
        run_tests lto 1 --no-suite consumer
        ;;
    valgrind)
        configure valgrind gcc $quick
        CK_FORK=no REG_FUZZ_RUNS=40 REG_SAMPLES=1 run_tests valgrind 30 --no-suite consumer --no-suite process \
            --wrapper 'valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite'
        ;;
    tsan)
        # OpenBLAS is not instrumented: its own threads would be reported.
        configure tsan clang $quick -Db_sanitize=thread -Dlinalg=reference
        TSAN_OPTIONS=halt_on_error=1 run_tests tsan 12 --no-suite consumer
        ;;
    tidy)
        .ci/packages.sh tools
        configure gcc gcc $warnings
        ninja -C build/gcc
        if run-clang-tidy -p build/gcc -quiet '/(bench|examples|lib)/.*\.c$' >build/tidy.txt 2>&1; then
            echo "pass tidy" >>"$results"
        else
            grep -E '(error|warning):' build/tidy.txt || tail -5 build/tidy.txt
            echo "fail tidy" >>"$results"
        fi
        ;;
    coverage)
        configure coverage clang --buildtype=debug -Dexamples=disabled \
            -Dc_args='-fprofile-instr-generate -fcoverage-mapping' -Dc_link_args=-fprofile-instr-generate
        rm -rf build/coverage/profiles
        LLVM_PROFILE_FILE="$PWD/build/coverage/profiles/%4m.profraw" run_tests coverage 3 --no-suite consumer
        report_coverage
        ;;
    fuzz)
        configure fuzz clang $quick -Dfuzz=true -Dexamples=disabled -Db_sanitize=address,undefined \
            -Dc_args=-fsanitize=fuzzer-no-link
        fuzz_all
        ;;
    i386)
        refuse_i386
        ;;
    *)
        echo "tests/run.sh: no mode $1" >&2
        exit 2
        ;;
    esac
}

# Of all tests together. A kernel is compiled once for each instruction set: a line counts when one of them passed it.
report_coverage() {
    if llvm-profdata merge -o build/coverage/all.profdata build/coverage/profiles/*.profraw &&
        llvm-cov report build/coverage/lib/libinfo.so -instr-profile=build/coverage/all.profdata "$PWD/lib" \
            >build/coverage.txt; then
        echo 'pass coverage: report' >>"$results"
        cat build/coverage.txt
    else
        echo 'fail coverage: report' >>"$results"
    fi
}

refuse_i386() {
    .ci/packages.sh i386
    rm -rf build/i386
    if CC='gcc -m32 -msse2 -mfpmath=sse' CXX='g++ -m32 -msse2 -mfpmath=sse' meson setup build/i386 \
        -Dlinalg=reference -Dtests=disabled -Dexamples=disabled -Dbench=false >build/i386.txt 2>&1; then
        echo 'fail i386: a build that is configured has to be tested' >>"$results"
    elif grep -q 'needs 128-bit integers' build/i386.txt; then
        echo 'pass i386: refused by name' >>"$results"
        echo 'skip i386: all tests: no 128-bit integers' >>"$results"
    else
        tail -5 build/i386.txt
        echo 'fail i386: configure' >>"$results"
    fi
}

fuzz_all() {
    if ! ninja -C build/fuzz tests/registry/fuzz_registry tests/registry/public-functions.txt; then
        echo "fail fuzz: build" >>"$results"
        return
    fi
    while read -r function; do
        mkdir -p "build/fuzz/corpus/$function"
        if INFO_FUZZ=$function build/fuzz/tests/registry/fuzz_registry -max_total_time="${FUZZ_SECONDS:-2}" \
            -max_len=512 -timeout=30 -rss_limit_mb=4096 -artifact_prefix="build/fuzz/$function-" \
            "build/fuzz/corpus/$function" >"build/fuzz/$function.log" 2>&1; then
            echo "pass fuzz: $function" >>"$results"
        else
            tail -30 "build/fuzz/$function.log"
            echo "fail fuzz: $function" >>"$results"
        fi
    done <build/fuzz/tests/registry/public-functions.txt
}

[ $# -gt 0 ] || set -- gcc clang asan reference
if [ "$*" = all ]; then
    set -- fuzz gcc clang asan asan-registry reference core lto valgrind tsan tidy coverage i386
fi
for mode in "$@"; do
    run_mode "$mode"
done

python3 .ci/outcome.py --summary "$results"
