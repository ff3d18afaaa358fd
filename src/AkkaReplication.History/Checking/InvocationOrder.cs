namespace AkkaReplication.History.Checking;

/// <summary>Puts the operations of a history in the order of their invocations; of two at one time the first recorded
/// comes first.</summary>
internal static class InvocationOrder
{
    public static int[] Of(OperationHistory history)
    {
        var order = new int[history.Count];
        var times = new long[history.Count];
        var isSorted = true;
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
            times[i] = history.InvokedNs(i);
            isSorted &= i == 0 || times[i - 1] <= times[i];
        }

        if (isSorted)
            return order;

        Array.Sort(times, order);
        for (var start = 0; start < order.Length;)
        {
            var end = start + 1;
            while (end < order.Length && times[end] == times[start])
                end++;
            if (end - start > 1)
                Array.Sort(order, start, end - start);
            start = end;
        }

        return order;
    }
}
