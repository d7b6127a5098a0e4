#include "core/hub/credentials.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/hub/http_fetch.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kAnswerLimit = 1u << 20;
constexpr std::uint64_t kStoreLimit = 1u << 20;

/// Only the user may read it, from its first byte on: the file is made with its rights before it is
/// written.
void writeSecret(const fs::path& path, const std::string& content) {
  std::error_code failure;
  fs::create_directories(path.parent_path(), failure);
  if (failure)
    throw Error(ErrorKind::kIo, "cannot be made: {}", failure.message())
        .in(path.parent_path().string());
  fs::path beside = path;
  beside += fmt::format(".part-{}", ::getpid());
  fs::remove(beside, failure);
  const int made =
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (made < 0)
    throw Error(ErrorKind::kIo, "cannot be written: {}", std::strerror(errno)).in(path.string());
  ::close(made);
  writeFileAtomically(path, content, beside);
}

/// The text of an INI file without the section of that name.
std::string withoutSection(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  std::string result;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) inside = line == "[" + name + "]";
    if (!inside) result += line + "\n";
  }
  return result;
}

/// A name that can stand between the brackets of a section.
std::string sectionName(const std::string& name) {
  std::string result;
  for (const char c : name)
    if (static_cast<unsigned char>(c) >= ' ' && c != '[' && c != ']') result += c;
  return result.empty() || result == "DEFAULT" ? "orrery" : result;
}

}  // namespace

Account whoAmI(HttpClient& client, const CancelToken& cancel) {
  const std::string endpoint = client.settings().endpoint;
  if (!client.settings().token)
    throw Error(ErrorKind::kNotFound, "not logged in; see orrery-cli hub login").in(endpoint);
  Request request;
  request.url = endpoint + "/api/whoami-v2";
  const Response response = fetch(client, request, cancel, {.bodyLimit = kAnswerLimit});
  if (response.status() == 401)
    throw Error(ErrorKind::kInvalidInput, "the hub does not know this token, or it has ended")
        .in(endpoint);
  requireSuccess(response.path, endpoint);
  const Json document = parseJson(response.body, "whoami");
  const JsonField field(document, "whoami");
  Account account{
      field.require<std::string>("name"), field.get<std::string>("fullname", ""), {}, ""};
  if (const auto organizations = field.find("orgs"))
    for (const JsonField& each : organizations->elements())
      account.organizations.push_back(each.require<std::string>("name"));
  if (const auto auth = field.find("auth"))
    if (const auto token = auth->find("accessToken"))
      account.tokenName = token->get<std::string>("displayName", "");
  return account;
}

void saveToken(const Settings& settings, const Token& token, const std::string& name) {
  std::error_code ignored;
  const std::string section = sectionName(name);
  std::string kept;
  if (fs::exists(settings.storedTokensFile, ignored))
    kept = withoutSection(readTextFile(settings.storedTokensFile, kStoreLimit), section);
  writeSecret(settings.storedTokensFile,
              kept + "[" + section + "]\nhf_token = " + token.reveal() + "\n\n");
  writeSecret(settings.tokenFile, token.reveal());
}

bool forgetTokens(const Settings& settings) {
  std::error_code failure;
  bool any = false;
  for (const fs::path& file : {settings.tokenFile, settings.storedTokensFile}) {
    any = fs::remove(file, failure) || any;
    if (failure)
      throw Error(ErrorKind::kIo, "cannot be deleted: {}", failure.message()).in(file.string());
  }
  return any;
}

}  // namespace orrery::hub
