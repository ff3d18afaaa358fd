namespace AkkaReplication.History.Checking;

/// <summary>The sets of nodes of a graph that all reach each other (Tarjan), those of one node left out.</summary>
internal static class StrongComponents
{
    public static List<List<int>> Of(int nodes, IReadOnlyList<(int From, int To)> edges)
    {
        var (starts, targets) = Neighbours(nodes, edges);
        var found = new List<List<int>>();
        var number = new int[nodes];
        var lowest = new int[nodes];
        var isOpen = new bool[nodes];
        var open = new Stack<int>();
        var path = new Stack<(int Node, int Next)>();
        var last = 0;
        for (var root = 0; root < nodes; root++)
        {
            if (number[root] != 0)
                continue;
            path.Push((root, starts[root]));
            while (path.TryPop(out var at))
            {
                var (node, next) = at;
                if (number[node] == 0)
                {
                    number[node] = lowest[node] = ++last;
                    open.Push(node);
                    isOpen[node] = true;
                }
                else if (next > starts[node])
                {
                    // Back from the neighbour that was entered last.
                    var entered = targets[next - 1];
                    if (isOpen[entered])
                        lowest[node] = Math.Min(lowest[node], lowest[entered]);
                }

                while (next < starts[node + 1] && number[targets[next]] != 0)
                {
                    if (isOpen[targets[next]])
                        lowest[node] = Math.Min(lowest[node], number[targets[next]]);
                    next++;
                }

                if (next < starts[node + 1])
                {
                    path.Push((node, next + 1));
                    path.Push((targets[next], starts[targets[next]]));
                }
                else if (lowest[node] == number[node])
                {
                    Close(node, open, isOpen, found);
                }
            }
        }

        return found;
    }

    private static void Close(int node, Stack<int> open, bool[] isOpen, List<List<int>> found)
    {
        var component = new List<int>();
        int member;
        do
        {
            member = open.Pop();
            isOpen[member] = false;
            component.Add(member);
        }
        while (member != node);

        if (component.Count > 1)
            found.Add(component);
    }

    private static (int[] Starts, int[] Targets) Neighbours(int nodes, IReadOnlyList<(int From, int To)> edges)
    {
        var starts = new int[nodes + 1];
        foreach (var (from, _) in edges)
            starts[from + 1]++;
        for (var node = 0; node < nodes; node++)
            starts[node + 1] += starts[node];
        var next = starts.AsSpan(0, nodes).ToArray();
        var targets = new int[edges.Count];
        foreach (var (from, to) in edges)
            targets[next[from]++] = to;
        return (starts, targets);
    }
}
