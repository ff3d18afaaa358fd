namespace AkkaReplication.Storage;

/// <summary>
/// What is remembered of one object: as long as the garbage collector likes, or, where <paramref name="holds"/> is set, until
/// there is another.
/// </summary>
internal sealed class MemoryReference<T>(bool holds)
    where T : class
{
    private readonly WeakReference<T?> _reference = new(null);
    private T? _held;

    public void SetTarget(T target)
    {
        _reference.SetTarget(target);
        if (holds)
            _held = target;
    }

    public bool TryGetTarget(out T target) => _reference.TryGetTarget(out target!);
}
