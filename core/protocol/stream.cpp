#include "core/protocol/stream.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/base/error.h"

namespace orrery::protocol {

std::optional<Frame> FrameReader::read() {
  std::array<char, 65536> buffer;
  for (;;) {
    if (auto frame = framer_.next()) return frame;
    const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(ErrorKind::kIo, "reading failed: {}", std::strerror(errno));
    if (count == 0 && framer_.midFrame())
      throw Error(ErrorKind::kProtocol, std::string("the stream ends within a frame"));
    if (count == 0) return std::nullopt;
    framer_.append({buffer.data(), static_cast<std::size_t>(count)});
  }
}

void FrameWriter::write(std::string_view bytes) {
  std::lock_guard lock(mutex_);
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw Error(ErrorKind::kProtocol, "the other end does not listen: {}", std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void ignoreBrokenPipes() {
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace orrery::protocol
