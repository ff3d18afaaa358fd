using Akka.Util.Internal;

namespace Akka.Actor;

/// <summary>A message on its way along the path of a selection.</summary>
public class ActorSelectionMessage : IAutoReceivedMessage, IPossiblyHarmful, IWrappedMessage
{
    /// <summary>A message and the rest of its way.</summary>
    public ActorSelectionMessage(object message, SelectionPathElement[] elements, bool wildCardFanOut = false)
    {
        Message = message;
        Elements = elements;
        WildCardFanOut = wildCardFanOut;
    }

    /// <summary>The message.</summary>
    public object Message { get; }

    /// <summary>The rest of the way.</summary>
    public SelectionPathElement[] Elements { get; }

    /// <summary>True when there are others on their way with the same message.</summary>
    public bool WildCardFanOut { get; }

    /// <summary>A copy with changes.</summary>
    public ActorSelectionMessage Copy(
        object? message = null, SelectionPathElement[]? elements = null, bool? wildCardFanOut = null) =>
        new(message ?? Message, elements ?? Elements, wildCardFanOut ?? WildCardFanOut);

    /// <inheritdoc/>
    public override string ToString() =>
        $"ActorSelectionMessage - Message: {Message} - WildCartFanOut: {WildCardFanOut} - " +
        $"Elements: {string.Join<SelectionPathElement>('/', Elements)}";

    /// <summary>Goes along the path from <paramref name="anchor"/>, as far as it leads through this process.</summary>
    internal void Deliver(IInternalActorRef anchor, IActorRef? sender)
    {
        var current = anchor;
        for (var i = 0; i < Elements.Length; i++)
        {
            if (current is not LocalActorRef local)
            {
                // Not one of ours: it must find the rest of the way itself.
                DeliverElsewhere(current, i, sender);
                return;
            }

            switch (Elements[i])
            {
                case SelectParent:
                    current = local.Parent;
                    break;
                case SelectChildName name:
                    current = local.GetSingleChild(name.Name);
                    if (current.IsNobody())
                    {
                        NobodyThere(anchor, local, sender);
                        return;
                    }

                    break;
                case SelectChildRecursive:
                    DeliverToDescendants(local, sender);
                    return;
                case SelectChildPattern pattern:
                    DeliverToMatching(anchor, local, pattern, Elements[(i + 1)..], sender);
                    return;
            }
        }

        current.Tell(Message, sender);
    }

    private void DeliverElsewhere(IInternalActorRef current, int position, IActorRef? sender)
    {
        var rest = Elements[position..];
        if (current is VirtualPathContainer container)
        {
            var names = rest.Select(e => e.ToString()!).ToArray();
            if (container.GetChild(names) is var child && !child.IsNobody())
            {
                child.Tell(Message, sender);
                return;
            }
        }

        current.Tell(new ActorSelectionMessage(Message, rest, WildCardFanOut), sender);
    }

    private void DeliverToDescendants(LocalActorRef parent, IActorRef? sender)
    {
        foreach (var child in parent.ChildRefs.ToArray())
        {
            child.Tell(Message, sender);
            if (child is LocalActorRef local)
            {
                DeliverToDescendants(local, sender);
            }
        }
    }

    private void DeliverToMatching(
        IInternalActorRef anchor,
        LocalActorRef parent,
        SelectChildPattern pattern,
        SelectionPathElement[] rest,
        IActorRef? sender)
    {
        var matching = parent.ChildRefs.Where(c => Wildcards.Match(pattern.PatternStr, c.Path.Name)).ToArray();
        if (matching.Length == 0)
        {
            NobodyThere(anchor, parent, sender);
            return;
        }

        var message = new ActorSelectionMessage(Message, rest, WildCardFanOut || matching.Length > 1);
        foreach (var child in matching)
        {
            message.Deliver(child, sender);
        }
    }

    private void NobodyThere(IInternalActorRef anchor, LocalActorRef last, IActorRef? sender)
    {
        // Where there are several ways, some lead nowhere; that is not worth a dead letter.
        if (!WildCardFanOut)
        {
            var path = anchor.Path / Elements.Select(e => e.ToString()!);
            new EmptyLocalActorRef(last.Provider, path, last.Cell.System.EventStream).Tell(this, sender);
        }
    }
}
