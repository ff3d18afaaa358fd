using System.Diagnostics;
using System.Runtime.InteropServices;
using AkkaReplication.Tool;
using AkkaReplication.Tool.Commands;

// The first Ctrl-C (or SIGTERM) stops in order. One that comes later is left to the system; one that comes at once
// is the same wish told twice, as by a shell that signals the whole process group.
using var stop = new CancellationTokenSource();
long stoppedAt = 0;
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CommandLineTool.RunAsync(args, ToolIo.Console(), stop.Token);

void Stop(PosixSignalContext signal)
{
    var first = Interlocked.CompareExchange(ref stoppedAt, Stopwatch.GetTimestamp(), 0);
    signal.Cancel = first == 0 || Stopwatch.GetElapsedTime(first) < TimeSpan.FromSeconds(1);
    stop.Cancel();
}
