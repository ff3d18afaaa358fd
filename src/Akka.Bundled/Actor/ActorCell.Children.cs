using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>The children of an actor: their names, their creation and their stop.</summary>
internal partial class ActorCell
{
    private int _nextAnonymousName;

    public Children Children { get; } = new();

    public IActorRef Child(string name) => Children.Find(name)?.Child ?? (IActorRef)Nobody.Instance;

    public IEnumerable<IActorRef> GetChildren() => Children.All().Select(c => c.Child).ToArray();

    public void Stop(IActorRef child)
    {
        Children.ShallDie(child);
        ((IInternalActorRef)child).Stop();
    }

    /// <summary>Creates a child; the guardians are called by any thread.</summary>
    public IActorRef MakeChild(Props props, string? name, bool isSystemService)
    {
        ArgumentNullException.ThrowIfNull(props);
        var childName = name is null ? AnonymousName() : Checked(name);
        if (_system.Settings.SerializeAllCreators && !isSystemService && props.Deploy.Scope is not LocalScope)
        {
            MessageVerification.RoundTripArguments(_system, props);
        }

        Children.Reserve(childName);
        try
        {
            var path = new ChildActorPath(_self.Path, childName, NewUid());
            var child = _system.Provider.CreateActor(props, _self, path, isSystemService);
            Children.Add(child);
            if (IsFailed)
            {
                // A child made by a failed actor waits with it.
                child.Suspend();
            }

            child.Start();
            return child;
        }
        catch
        {
            Children.Unreserve(childName);
            throw;
        }
    }

    internal static long NewUid()
    {
        int uid;
        do
        {
            uid = Random.Shared.Next(int.MinValue, int.MaxValue);
        }
        while (uid == 0);

        return uid;
    }

    /// <summary>The name of the n-th nameless child: $a, $b, .., $~, $aa, ..</summary>
    internal static string Base64Name(string prefix, long number)
    {
        const string Digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+~";
        var name = new System.Text.StringBuilder(prefix);
        do
        {
            name.Append(Digits[(int)(number & 63)]);
            number = (number >> 6) - 1;
        }
        while (number >= 0);

        return name.ToString();
    }

    private static string Checked(string name)
    {
        if (name.Length == 0)
        {
            throw new InvalidActorNameException("Actor name must not be empty.");
        }

        return ActorPath.IsValidPathElement(name) ? name : throw new InvalidActorNameException(
            $"Illegal actor name [{name}]. Actor paths MUST: not start with `$`, include only ASCII letters and can " +
            $"only contain these special characters: {ActorPath.ValidSymbols}.");
    }

    private string AnonymousName() => Base64Name("$", Interlocked.Increment(ref _nextAnonymousName) - 1);

    private void SuspendChildren(IActorRef? except = null, IReadOnlyCollection<ChildStats>? exceptThese = null)
    {
        foreach (var child in Children.All())
        {
            if (!child.Child.Equals(except) && exceptThese?.Contains(child) != true)
            {
                child.Child.Suspend();
            }
        }
    }

    private void ResumeChildren(Exception? causedByFailure, IActorRef? perpetrator)
    {
        foreach (var child in Children.All())
        {
            // Only the one whose failure caused all this may forget that it has failed.
            child.Child.Resume(child.Child.Equals(perpetrator) ? causedByFailure : null);
        }
    }

    private void StopChildren()
    {
        foreach (var child in Children.All())
        {
            Stop(child.Child);
        }
    }
}
