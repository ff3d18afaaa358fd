using System.Buffers.Binary;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Segments;

/// <summary>
/// A growing array of fixed-size entries, each beginning with its big-endian key: the older ones in a file, the newest in
/// memory until there are enough for one write. Derived data: it may lag behind its segment after a crash and is then
/// rebuilt. Appended to and truncated by one thread, searched by any.
/// </summary>
internal sealed class IndexFile : IDisposable
{
    private const int TailCapacity = 512;
    private const int FirstTailCapacity = 8;
    private const int BlockEntries = 128;

    private readonly Lock _lock = new();
    private readonly IFileSystem _files;
    private readonly int _entrySize;
    private readonly int _keySize;
    private string _path;
    private IFile? _file;
    private byte[]? _tail;
    private int _tailCount;
    private int _fileCount;
    private bool _disposed;

    public IndexFile(IFileSystem files, string path, int entrySize, int keySize, int fileCount)
    {
        _files = files;
        _path = path;
        _entrySize = entrySize;
        _keySize = keySize;
        _fileCount = fileCount;
    }

    public int Count
    {
        get
        {
            lock (_lock)
                return _fileCount + _tailCount;
        }
    }

    public void Append(ReadOnlySpan<byte> entry)
    {
        lock (_lock)
        {
            if (_tailCount == TailCapacity)
                Spill();
            MakeRoom();
            entry.CopyTo(_tail.AsSpan(_tailCount * _entrySize));
            _tailCount++;
        }
    }

    /// <summary>Reads entry <paramref name="index"/>; false where there is none (any more).</summary>
    public bool TryRead(int index, Span<byte> entry)
    {
        lock (_lock)
            return index >= 0 && index < _fileCount + _tailCount && Read(index, 1, entry) == 1;
    }

    /// <summary>The last entry whose key is at most <paramref name="key"/>; false where there is none.</summary>
    public bool TryFindFloor(long key, Span<byte> entry)
    {
        lock (_lock)
        {
            int low = 0, high = _fileCount + _tailCount;
            Span<byte> block = stackalloc byte[BlockEntries * _entrySize];
            while (high - low > BlockEntries)
            {
                var middle = (low + high) / 2;
                if (Read(middle, 1, block) == 1 && KeyOf(block) <= key)
                    low = middle;
                else
                    high = middle;
            }

            var count = Read(low, high - low, block);
            for (var i = count - 1; i >= 0; i--)
            {
                var candidate = block.Slice(i * _entrySize, _entrySize);
                if (KeyOf(candidate) > key)
                    continue;
                candidate.CopyTo(entry);
                return true;
            }

            return false;
        }
    }

    /// <summary>Keeps the first <paramref name="count"/> entries.</summary>
    public void TruncateTo(int count)
    {
        lock (_lock)
        {
            if (count >= _fileCount)
            {
                _tailCount = Math.Min(_tailCount, count - _fileCount);
                return;
            }

            _tailCount = 0;
            _fileCount = count;
            OpenFile().SetLength((long)count * _entrySize);
        }
    }

    /// <summary>
    /// Writes all entries to the file and forgets the memory: the segment gets no more of them for now. False, and no file is
    /// made, where there is none and nothing to be written.
    /// </summary>
    public bool Seal()
    {
        lock (_lock)
        {
            Spill();
            _tail = null;
            if (_fileCount == 0 && _file is null && !_files.FileExists(_path))
                return false;

            OpenFile().SetLength((long)_fileCount * _entrySize);
            return true;
        }
    }

    /// <summary>Nobody looks into the index at the moment.</summary>
    public void Rest()
    {
        lock (_lock)
            _file?.Rest();
    }

    public void Flush()
    {
        IFile file;
        lock (_lock)
            file = OpenFile();
        file.Flush();
    }

    /// <summary>Follows the file to its new name.</summary>
    public void MoveTo(string path)
    {
        lock (_lock)
        {
            if (_path != path && _files.FileExists(_path))
                _files.Rename(_path, path);
            _path = path;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _file?.Dispose();
            _file = null;
        }
    }

    public void Delete()
    {
        Dispose();
        _files.DeleteFile(_path);
    }

    private long KeyOf(ReadOnlySpan<byte> entry) => _keySize == sizeof(int)
        ? BinaryPrimitives.ReadInt32BigEndian(entry)
        : BinaryPrimitives.ReadInt64BigEndian(entry);

    /// <summary>Reads up to <paramref name="count"/> entries, from file and memory.</summary>
    private int Read(int index, int count, Span<byte> target)
    {
        var fromFile = Math.Clamp(_fileCount - index, 0, count);
        var read = fromFile == 0
            ? 0
            : OpenFile().Read(target[..(fromFile * _entrySize)], (long)index * _entrySize) / _entrySize;
        if (read < fromFile)
            return read;

        var fromTail = Math.Min(count - fromFile, _fileCount + _tailCount - (index + fromFile));
        if (fromTail <= 0)
            return fromFile;

        var start = index + fromFile - _fileCount;
        _tail.AsSpan(start * _entrySize, fromTail * _entrySize).CopyTo(target[(fromFile * _entrySize)..]);
        return fromFile + fromTail;
    }

    /// <summary>Grows with what it holds: thousands of logs have an entry or two each.</summary>
    private void MakeRoom()
    {
        var bytes = (_tailCount + 1) * _entrySize;
        if (_tail is null)
            _tail = new byte[FirstTailCapacity * _entrySize];
        else if (bytes > _tail.Length)
            Array.Resize(ref _tail, _tail.Length * 2);
    }

    private void Spill()
    {
        if (_tailCount == 0)
            return;

        OpenFile().Write(_tail.AsSpan(0, _tailCount * _entrySize), (long)_fileCount * _entrySize);
        _fileCount += _tailCount;
        _tailCount = 0;
    }

    private IFile OpenFile()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _file ??= _files.Open(_path, FileOpenMode.ReadWrite);
    }
}
