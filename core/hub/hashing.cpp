#include "core/hub/hashing.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <vector>

#include "core/base/error.h"
#include "core/hub/repo_id.h"

namespace orrery::hub {

struct ContentHash::Context {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();

  ~Context() { EVP_MD_CTX_free(digest); }
};

ContentHash::ContentHash(std::string_view expected, std::uint64_t size)
    : context_(std::make_unique<Context>()) {
  const bool large = isSha256(expected);
  if (!context_->digest ||
      EVP_DigestInit_ex(context_->digest, large ? EVP_sha256() : EVP_sha1(), nullptr) != 1)
    throw Error(ErrorKind::kInternal, "the library of digests cannot be used");
  if (large) return;
  const std::string header = fmt::format("blob {}", size);
  add({header.c_str(), header.size() + 1});  // with the null character
}

ContentHash::~ContentHash() = default;

void ContentHash::add(std::string_view bytes) {
  EVP_DigestUpdate(context_->digest, bytes.data(), bytes.size());
}

std::string ContentHash::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context_->digest, bytes.data(), &size);
  std::string result;
  for (unsigned i = 0; i < size; ++i) result += fmt::format("{:02x}", bytes[i]);
  return result;
}

std::string hashOfFile(const std::filesystem::path& file, std::string_view expected,
                       const CancelToken& cancel) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(file, failure);
  std::ifstream stream(file, std::ios::binary);
  if (failure || !stream) throw Error(ErrorKind::kIo, "cannot be read").in(file.string());
  ContentHash hash(expected, size);
  std::vector<char> block(1 << 20);
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())), stream.gcount()) {
    cancel.throwIfCancelled();
    hash.add({block.data(), static_cast<std::size_t>(stream.gcount())});
  }
  if (stream.bad()) throw Error(ErrorKind::kIo, "cannot be read to its end").in(file.string());
  return hash.hex();
}

}  // namespace orrery::hub
