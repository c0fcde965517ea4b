# Runs a program until it ends or is told to: by a line on the standard input, or by the input's end, which comes however
# the parent ends; then the folder $1, which nobody else will remove, is removed as well. Prints a line once the program
# runs. The rest of the arguments is the program with its own.
#
# The end of this script, also by SIGKILL, is the program's: the kernel sees to that.
folder=$1
shift
exec 3<&0
setpriv --pdeathsig KILL -- "$@" </dev/null 3<&- >/dev/null &
program=$!
{
    if read -r _ <&3; then
        kill -9 $program
    else
        kill -9 $program
        while kill -0 $program; do sleep 0.05; done
        rm -rf "$folder"
    fi
} >/dev/null 2>&1 &
echo started
wait $program
