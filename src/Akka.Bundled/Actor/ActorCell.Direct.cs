namespace Akka.Actor;

/// <summary>
/// Messages that bypass the mailbox: a test calls the actor on its own thread and sees what the handler throws.
/// </summary>
internal partial class ActorCell
{
    private protected void ReceiveDirectly(Envelope envelope)
    {
        var outerCell = _current;
        var outerEnvelope = _envelope;
        _current = this;
        _envelope = envelope;
        try
        {
            if (envelope.Message is IAutoReceivedMessage)
            {
                AutoReceive(envelope);
            }
            else
            {
                ReceiveMessage(envelope.Message);
            }
        }
        finally
        {
            _current = outerCell;

            // The continuations of an asynchronous handler still need it.
            if (!IsAwaiting)
            {
                _envelope = outerEnvelope;
            }
        }
    }

    private protected bool IsAwaiting => _taskScheduler is { IsAwaiting: true };
}
