namespace Akka.Persistence;

/// <summary>A handler that waits until its event is stored.</summary>
internal abstract class PendingInvocation
{
    protected PendingInvocation(bool stashing)
    {
        IsStashing = stashing;
    }

    /// <summary>Whether commands wait until the handler has run.</summary>
    public bool IsStashing { get; }

    public abstract void Run(object payload);
}

internal sealed class PendingInvocation<TEvent> : PendingInvocation
{
    private readonly Action<TEvent> _handler;

    public PendingInvocation(Action<TEvent> handler, bool stashing)
        : base(stashing)
    {
        _handler = handler;
    }

    public override void Run(object payload) => _handler((TEvent)payload);
}
