#include "core/hub/partial_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>

#include "core/base/error.h"
#include "core/base/file.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kNoteEvery = 256u << 10;
constexpr std::uint64_t kMagic = 0x3150'5952'4552'524F;  // "ORRERYP1"
constexpr std::uint64_t kHeadBytes = 2 * sizeof(std::uint64_t);
constexpr std::uint64_t kMaxNotes = 64u << 20;

Error ioError(const fs::path& path, std::string_view doing) {
  return Error(ErrorKind::kIo, "{}: {}", doing, std::strerror(errno)).in(path.string());
}

int openFile(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (descriptor < 0) throw ioError(path, "cannot be written");
  return descriptor;
}

bool isFull(int error) {
  return error == ENOSPC || error == EDQUOT;
}

/// Size of a regular file; nothing for links and other things.
std::optional<std::uint64_t> plainSize(const fs::path& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

/// Bytes before the first hole: who writes out of order leaves holes.
std::uint64_t bytesBeforeHole(const fs::path& path, std::uint64_t size) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return 0;
  const off_t hole = ::lseek(descriptor, 0, SEEK_HOLE);
  ::close(descriptor);
  return hole < 0 ? size : std::min(size, static_cast<std::uint64_t>(hole));
}

std::size_t pieceCount(std::uint64_t size) {
  constexpr auto kPiece = PartialFile::kPieceBytes;
  return std::max<std::size_t>(1, (size + kPiece - 1) / kPiece);
}

fs::path notesPath(const RepositoryCache& cache, std::string_view content) {
  return cache.blob(std::string(content) + ".orrery-pieces.incomplete");
}

/// Where notes are written first; nobody else writes them, for the content's lock is held.
fs::path beside(const fs::path& notes) {
  return notes.parent_path() / (notes.stem().string() + "-new.incomplete");
}

/// The kept counts of pieces; empty if there are none of this form.
std::vector<std::uint64_t> keptCounts(const fs::path& path, std::size_t pieces) {
  if (!plainSize(path)) return {};
  const std::string text = readTextFile(path, kMaxNotes);
  if (text.size() != kHeadBytes + pieces * sizeof(std::uint64_t)) return {};
  std::vector<std::uint64_t> numbers(pieces + 2);
  std::memcpy(numbers.data(), text.data(), text.size());
  if (numbers[0] != kMagic || numbers[1] != PartialFile::kPieceBytes) return {};
  return {numbers.begin() + 2, numbers.end()};
}

}  // namespace

fs::path PartialFile::dataPath(const RepositoryCache& cache, std::string_view content) {
  return cache.blob(std::string(content) + ".orrery.incomplete");
}

std::vector<fs::path> PartialFile::remains(const RepositoryCache& cache, std::string_view content) {
  const fs::path notes = notesPath(cache, content);
  return {dataPath(cache, content), notes, beside(notes)};
}

void PartialFile::removeAll(const RepositoryCache& cache, std::string_view content) {
  std::error_code ignored;
  for (const fs::path& path : remains(cache, content)) fs::remove(path, ignored);
}

std::uint64_t PartialFile::presentOnDisk(const RepositoryCache& cache, const RepositoryFile& file) {
  const auto size = plainSize(dataPath(cache, file.contentName()));
  if (!size || *size > file.size) return 0;
  const std::size_t pieces = pieceCount(file.size);
  if (pieces == 1) return *size;
  const auto counts = keptCounts(notesPath(cache, file.contentName()), pieces);
  const auto sum = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  return std::min(*size, sum);
}

PartialFile::PartialFile(const RepositoryCache& cache, const RepositoryFile& file,
                         const std::vector<fs::path>& leftovers)
    : size_(file.size),
      dataPath_(dataPath(cache, file.contentName())),
      piecesPath_(notesPath(cache, file.contentName())),
      done_(pieceCount(file.size)),
      noted_(done_.size()) {
  const auto size = plainSize(dataPath_);
  if (size && *size <= size_)
    readPieces(*size);
  else
    takeOver(leftovers);
  data_ = openFile(dataPath_);
  if (done_.size() > 1) notes_ = openFile(piecesPath_);
}

PartialFile::~PartialFile() {
  for (std::size_t i = 0; notes_ >= 0 && i < done_.size(); ++i) note(i);
  if (data_ >= 0) ::close(data_);
  if (notes_ >= 0) ::close(notes_);
}

void PartialFile::readPieces(std::uint64_t dataBytes) {
  if (done_.size() == 1) {
    setPrefix(dataBytes);
    return;
  }
  const auto counts = keptCounts(piecesPath_, done_.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::uint64_t begin = i * kPieceBytes;
    const bool credible = counts[i] <= pieceSize(i) && begin + counts[i] <= dataBytes;
    done_[i] = credible ? counts[i] : 0;
  }
  present_ = std::accumulate(done_.begin(), done_.end(), std::uint64_t{0});
  writePieces();
}

/// The pieces are noted before the content has its name: there is no moment between.
void PartialFile::takeOver(const std::vector<fs::path>& leftovers) {
  std::error_code ignored;
  fs::remove(dataPath_, ignored);
  fs::path best;
  std::uint64_t bytes = 0;
  for (const fs::path& path : leftovers)
    if (const auto size = plainSize(path); size && *size <= size_)
      if (const auto usable = bytesBeforeHole(path, *size); usable > bytes) {
        best = path;
        bytes = usable;
      }
  setPrefix(bytes);
  if (done_.size() > 1) writePieces();
  if (best.empty()) return;
  if (::truncate(best.c_str(), static_cast<off_t>(bytes)) != 0 ||
      ::rename(best.c_str(), dataPath_.c_str()) != 0)
    throw ioError(best, "cannot be taken over");
}

void PartialFile::setPrefix(std::uint64_t bytes) {
  present_ = bytes;
  for (std::size_t i = 0; i < done_.size(); ++i) {
    const std::uint64_t begin = i * kPieceBytes;
    done_[i] = std::min(bytes > begin ? bytes - begin : 0, pieceSize(i));
  }
}

void PartialFile::writePieces() {
  std::string text(kHeadBytes, '\0');
  const std::uint64_t head[2] = {kMagic, kPieceBytes};
  std::memcpy(text.data(), head, sizeof head);
  text.append(reinterpret_cast<const char*>(done_.data()), done_.size() * sizeof done_[0]);
  writeFileAtomically(piecesPath_, text, beside(piecesPath_));
  noted_ = done_;
}

void PartialFile::note(std::size_t piece) {
  if (noted_[piece] == done_[piece]) return;
  const auto at = static_cast<off_t>(kHeadBytes + piece * sizeof done_[0]);
  // A note that cannot be written costs bytes on the next start, no more.
  if (::pwrite(notes_, &done_[piece], sizeof done_[piece], at) == sizeof done_[piece])
    noted_[piece] = done_[piece];
}

std::uint64_t PartialFile::pieceSize(std::size_t piece) const {
  return std::min(kPieceBytes, size_ - piece * kPieceBytes);
}

ByteRange PartialFile::missing(std::size_t piece) const {
  const std::uint64_t begin = piece * kPieceBytes;
  return {begin + done_[piece], begin + pieceSize(piece)};
}

std::uint64_t PartialFile::prefix() const {
  std::size_t piece = 0;
  while (piece + 1 < done_.size() && done_[piece] == pieceSize(piece)) ++piece;
  return piece * kPieceBytes + done_[piece];
}

bool PartialFile::write(std::uint64_t at, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = static_cast<std::size_t>(at / kPieceBytes);
    const std::uint64_t inPiece = at - piece * kPieceBytes;
    const auto count = std::min<std::uint64_t>(bytes.size(), pieceSize(piece) - inPiece);
    const ssize_t got = ::pwrite(data_, bytes.data(), count, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && isFull(errno)) return false;
    if (got <= 0) throw ioError(dataPath_, "cannot be written");
    const std::uint64_t end = inPiece + static_cast<std::uint64_t>(got);
    if (inPiece <= done_[piece] && end > done_[piece]) {
      present_ += end - done_[piece];
      done_[piece] = end;
      const bool due = end - noted_[piece] >= kNoteEvery || end == pieceSize(piece);
      if (notes_ >= 0 && due) note(piece);
    }
    at += static_cast<std::uint64_t>(got);
    bytes.remove_prefix(static_cast<std::size_t>(got));
  }
  return true;
}

std::size_t PartialFile::read(std::uint64_t at, char* buffer, std::size_t count) const {
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got =
        ::pread(data_, buffer + filled, count - filled, static_cast<off_t>(at + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw ioError(dataPath_, "cannot be read");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

void PartialFile::forgetPieces() {
  if (notes_ < 0) return;
  ::close(notes_);
  notes_ = -1;
  std::error_code ignored;
  fs::remove(piecesPath_, ignored);
}

void PartialFile::discard() {
  std::error_code ignored;
  fs::remove(dataPath_, ignored);
  forgetPieces();
}

}  // namespace orrery::hub
