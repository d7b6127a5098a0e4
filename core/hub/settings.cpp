#include "core/hub/settings.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include "core/base/error.h"
#include "core/base/file.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kTokenFileLimit = 64u << 10;

/// The value of a variable; one that is set to nothing counts as set, as it does in Python.
std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::string firstOf(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (auto value = variable(name); value && !value->empty()) return *value;
  return {};
}

bool isTrue(const std::string& text) {
  std::string upper = text;
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  constexpr std::array<std::string_view, 4> kTrue{"1", "ON", "YES", "TRUE"};
  return std::ranges::find(kTrue, upper) != kTrue.end();
}

fs::path homeFolder() {
  if (const auto home = variable("HOME"); home && !home->empty()) return *home;
  const passwd* entry = ::getpwuid(::getuid());
  return entry && entry->pw_dir ? entry->pw_dir : "/";
}

/// `~` and `~/…` become the home folder.
std::string withHome(const std::string& text) {
  if (text == "~") return homeFolder().string();
  return text.starts_with("~/") ? (homeFolder() / text.substr(2)).string() : text;
}

bool isNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// `$NAME` and `${NAME}` become the variable's value; those that are not set stay as they are.
std::string withVariables(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const bool braced = text.compare(at, 2, "${") == 0;
    std::size_t end = at + (braced ? 2 : 1);
    const std::size_t nameAt = end;
    if (braced)
      end = text.find('}', end);
    else
      while (end < text.size() && isNameCharacter(text[end])) ++end;
    if (text[at] != '$' || end == text.npos || end == nameAt) {
      result += text[at++];
      continue;
    }
    const std::size_t after = end + (braced ? 1 : 0);
    const auto value = variable(text.substr(nameAt, end - nameAt).c_str());
    result += value ? *value : text.substr(at, after - at);
    at = after;
  }
  return result;
}

fs::path folderFrom(const char* name, const fs::path& otherwise) {
  return withVariables(withHome(variable(name).value_or(otherwise.string())));
}

/// HF_HOME, where huggingface_hub keeps everything.
fs::path huggingFaceHome() {
  const fs::path base = variable("XDG_CACHE_HOME").value_or((homeFolder() / ".cache").string());
  return folderFrom("HF_HOME", base / "huggingface");
}

std::vector<fs::path> foldersFrom(const char* name) {
  std::istringstream text(variable(name).value_or(""));
  std::vector<fs::path> folders;
  for (std::string folder; std::getline(text, folder, ':');)
    if (!folder.empty()) folders.emplace_back(withVariables(withHome(folder)));
  return folders;
}

/// A whole number of `unit`s, in English the `plural`; 0 and nothing are `otherwise`.
template <class Unit>
Unit timeFrom(const char* name, Unit otherwise, const char* plural) {
  const auto text = variable(name);
  if (!text) return otherwise;
  int number = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failure != std::errc() || end != text->data() + text->size() || number < 0)
    throw Error(ErrorKind::kInvalidInput, "expected a whole number of {}, found {}", plural,
                quoted(*text))
        .in(name);
  return number == 0 ? otherwise : Unit(number);
}

std::optional<Token> tokenFrom(const std::string& text, std::string_view source) {
  if (text.find_first_not_of(" \t\r\n") == text.npos) return std::nullopt;
  return withContext(source, [&] { return Token(text); });
}

std::optional<Token> findToken(const fs::path& file) {
  if (auto token = tokenFrom(firstOf({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}), "HF_TOKEN"))
    return token;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  return tokenFrom(readTextFile(file, kTokenFileLimit), file.string());
}

std::string endpointFrom(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  if (!text.starts_with("http://") && !text.starts_with("https://"))
    throw Error(ErrorKind::kInvalidInput, "expected an address that begins with http(s)://")
        .in("HF_ENDPOINT");
  if (text.find_first_of("@?# \r\n\t") != text.npos)
    throw Error(ErrorKind::kInvalidInput, "expected an address without user, query or blanks")
        .in("HF_ENDPOINT");
  return text;
}

}  // namespace

Token::Token(std::string_view text) {
  std::ranges::copy_if(text, std::back_inserter(text_),
                       [](char c) { return c != '\r' && c != '\n'; });
  text_.erase(0, text_.find_first_not_of(" \t"));
  text_.erase(text_.find_last_not_of(" \t") + 1);
  const bool plain = std::ranges::all_of(text_, [](char c) { return c > ' ' && c < '\x7F'; });
  if (text_.empty() || !plain)
    throw Error(ErrorKind::kInvalidInput,
                "an access token has printable ASCII characters and no blanks inside");
}

std::vector<fs::path> Settings::caches() const {
  std::vector<fs::path> folders{cacheFolder};
  folders.insert(folders.end(), otherCaches.begin(), otherCaches.end());
  return folders;
}

std::vector<fs::path> cachesFromEnvironment() {
  std::vector<fs::path> folders = foldersFrom("ORRERY_HUB_CACHES");
  const fs::path oldCache =
      variable("HUGGINGFACE_HUB_CACHE").value_or((huggingFaceHome() / "hub").string());
  folders.insert(folders.begin(), folderFrom("HF_HUB_CACHE", oldCache));
  return folders;
}

Settings Settings::fromEnvironment() {
  Settings settings;
  if (const auto endpoint = variable("HF_ENDPOINT")) settings.endpoint = endpointFrom(*endpoint);
  const fs::path home = huggingFaceHome();
  settings.otherCaches = cachesFromEnvironment();
  settings.cacheFolder = settings.otherCaches.front();
  settings.otherCaches.erase(settings.otherCaches.begin());
  settings.tokenFile = folderFrom("HF_TOKEN_PATH", home / "token");
  settings.storedTokensFile = settings.tokenFile.parent_path() / "stored_tokens";
  settings.token = findToken(settings.tokenFile);
  settings.offline = isTrue(firstOf({"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}));
  settings.linksDisabled = isTrue(firstOf({"HF_HUB_DISABLE_SYMLINKS"}));
  settings.answerTimeout = timeFrom("HF_HUB_ETAG_TIMEOUT", settings.answerTimeout, "seconds");
  settings.stallTimeout = timeFrom("HF_HUB_DOWNLOAD_TIMEOUT", settings.stallTimeout, "seconds");
  settings.retryUnit = timeFrom("ORRERY_HUB_RETRY_MS", settings.retryUnit, "milliseconds");
  // libcurl reads these itself, except that it takes HTTP_PROXY in small letters only.
  if (settings.endpoint.starts_with("http://") && firstOf({"http_proxy", "all_proxy"}).empty())
    settings.proxy = firstOf({"HTTP_PROXY"});
  settings.noProxy = firstOf({"no_proxy", "NO_PROXY"});
  settings.authorityFile = firstOf({"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"});
  settings.authorityFolder = firstOf({"SSL_CERT_DIR"});
  return settings;
}

}  // namespace orrery::hub
