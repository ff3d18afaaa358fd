using Akka.Actor;

namespace Akka.TestKit.Internal;

/// <summary>
/// Keeps a test's implicit sender across its awaits: whatever is posted here runs on the thread pool as if inside the
/// test actor's cell. It never runs anything on the thread that posts.
/// </summary>
internal sealed class ImplicitSenderContext : SynchronizationContext
{
    private readonly ActorCell? _cell;

    public ImplicitSenderContext(ActorCell? cell) => _cell = cell;

    /// <summary>Makes <paramref name="cell"/> the sender of this thread's tells, now and after each await.</summary>
    public static void Enter(ActorCell? cell)
    {
        ActorCell.Current = cell;
        SetSynchronizationContext(new ImplicitSenderContext(cell));
    }

    /// <summary>Undoes <see cref="Enter"/> on this thread, if it still stands.</summary>
    public static void Leave(ActorCell? cell)
    {
        if (ReferenceEquals(ActorCell.Current, cell)) ActorCell.Current = null;
        if (Current is ImplicitSenderContext context && ReferenceEquals(context._cell, cell))
            SetSynchronizationContext(null);
    }

    public override SynchronizationContext CreateCopy() => new ImplicitSenderContext(_cell);

    public override void Post(SendOrPostCallback d, object? state) =>
        ThreadPool.QueueUserWorkItem(static work => work.Context.Run(work.Callback, work.State),
            (Context: this, Callback: d, State: state), preferLocal: false);

    public override void Send(SendOrPostCallback d, object? state) => Run(d, state);

    private void Run(SendOrPostCallback callback, object? state)
    {
        var previousCell = ActorCell.Current;
        var previousContext = Current;
        ActorCell.Current = _cell;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            ActorCell.Current = previousCell;
            SetSynchronizationContext(previousContext);
        }
    }
}
