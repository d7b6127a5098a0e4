#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace orrery::hub {

/// An access token. It has no text form but the header it is sent in, so that it cannot end in a
/// log or a message by mistake.
class Token {
 public:
  /// Surrounding blanks and line ends are dropped; an Error if what is left is no header value.
  explicit Token(std::string_view text);

  const std::string& reveal() const { return text_; }

 private:
  std::string text_;
};

/// Where the hub is, who asks, and where files are kept: the variables, defaults and files are
/// those of huggingface_hub, so that both programs share one set-up.
struct Settings {
  std::string endpoint = "https://huggingface.co";  ///< without a slash at the end
  std::optional<Token> token;
  std::filesystem::path cacheFolder;  ///< HF_HUB_CACHE
  /// ORRERY_HUB_CACHES, separated by colons: more caches, where models are looked for too.
  std::vector<std::filesystem::path> otherCaches;
  std::filesystem::path tokenFile;         ///< HF_TOKEN_PATH: the active token
  std::filesystem::path storedTokensFile;  ///< beside it: all tokens by name
  bool offline = false;                    ///< HF_HUB_OFFLINE
  bool linksDisabled = false;              ///< HF_HUB_DISABLE_SYMLINKS
  std::chrono::seconds answerTimeout{10};  ///< HF_HUB_ETAG_TIMEOUT: for an answer to begin
  std::chrono::seconds stallTimeout{10};   ///< HF_HUB_DOWNLOAD_TIMEOUT: without a byte
  /// ORRERY_HUB_RETRY_MS: what waits between attempts are multiples of; for tests.
  std::chrono::milliseconds retryUnit{500};
  std::string proxy;                    ///< for every address; empty: the usual variables
  std::string noProxy;                  ///< NO_PROXY
  std::filesystem::path authorityFile;  ///< certificate authorities; empty: the system's
  std::filesystem::path authorityFolder;

  /// All caches, the one that is written to first.
  std::vector<std::filesystem::path> caches() const;

  /// From the environment and the token file. An Error names a variable that cannot be used.
  static Settings fromEnvironment();
};

/// Settings::caches() of the environment, whatever else of it cannot be used.
std::vector<std::filesystem::path> cachesFromEnvironment();

}  // namespace orrery::hub
