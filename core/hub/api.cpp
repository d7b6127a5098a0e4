#include "core/hub/api.h"

#include "core/hub/json_list.h"
#include "core/hub/paging.h"
#include "core/hub/repo_id.h"
#include "core/hub/url.h"

namespace orrery::hub {
namespace {

constexpr std::uint64_t kDocumentLimit = 4u << 20;  // parsed, it may take twenty times as much
constexpr std::uint64_t kCardLimit = 4u << 20;

std::string revisionOr(const std::string& revision) {
  return revision.empty() ? "main" : revision;
}

std::string nameOf(const std::string& id, const std::string& revision) {
  return revision.empty() || revision == "main" ? id : id + "@" + revision;
}

}  // namespace

std::string fileUrl(const std::string& endpoint, const std::string& id, const std::string& revision,
                    const std::string& path) {
  return fmt::format("{}/{}/resolve/{}/{}", endpoint, requireId(id),
                     percentEncoded(revisionOr(revision)), percentEncoded(path, "/"));
}

std::string Api::modelUrl(const std::string& id) const {
  return client_.settings().endpoint + "/api/models/" + requireId(id);
}

Response Api::ask(const std::string& url, const std::string& what) {
  return fetchDocument(client_, url, what, kDocumentLimit, cancel_);
}

Json Api::document(const Response& response) const {
  return parseJson(response.body, shownUrl(response.path.last.url));
}

ModelPage Api::search(const ModelQuery& query) {
  return page(searchUrl(client_.settings().endpoint, query));
}

ModelPage Api::page(const std::string& url) {
  const Response response = ask(url, shownUrl(url));
  const Json json = document(response);
  ModelPage page;
  forEachElement(JsonField(json, shownUrl(url)),
                 [&](const JsonField& item) { page.models.push_back(readModelInfo(item)); });
  page.next = nextPage(response, client_.settings().endpoint);
  return page;
}

ModelInfo Api::model(const std::string& id, const std::string& revision) {
  std::string url = modelUrl(id);
  if (!revision.empty()) url += "/revision/" + percentEncoded(revision);
  char separator = '?';
  for (const char* property :
       {"author", "cardData", "config", "createdAt", "disabled", "downloads", "downloadsAllTime",
        "gated", "gguf", "lastModified", "library_name", "likes", "pipeline_tag", "private",
        "safetensors", "sha", "tags", "trendingScore", "usedStorage"}) {
    url += fmt::format("{}expand={}", separator, property);
    separator = '&';
  }
  const Response response = ask(url, nameOf(id, revision));
  const Json json = document(response);
  return readModelInfo(JsonField(json, shownUrl(url)));
}

Refs Api::refs(const std::string& id) {
  const std::string url = modelUrl(id) + "/refs?include_prs=1";
  const Response response = ask(url, id);
  const Json json = document(response);
  return readRefs(JsonField(json, shownUrl(url)));
}

std::optional<std::string> Api::file(const std::string& id, const std::string& revision,
                                     const std::string& path, std::uint64_t limit) {
  const auto url = fileUrl(client_.settings().endpoint, id, revision, path);
  Response response =
      fetch(client_, {.url = url, .compressed = true}, cancel_, {.bodyLimit = limit});
  if (response.path.last.headers.find("X-Error-Code") == "EntryNotFound") return std::nullopt;
  requireSuccess(response.path, nameOf(id, revision) + ": " + path);
  return std::move(response.body);
}

Card Api::card(const std::string& id, const std::string& revision) {
  const auto text = file(id, revision, "README.md", kCardLimit);
  if (!text) throw Error(ErrorKind::kNotFound, "has no card (README.md)").in(nameOf(id, revision));
  return parseCard(*text);
}

std::optional<Gate> Api::gate(const std::string& id, const std::string& revision) {
  // Any file will do; the gate comes before the question whether it is there.
  const auto url = fileUrl(client_.settings().endpoint, id, revision, "config.json");
  return gateOf(
      fetch(client_, {.method = "HEAD", .url = url, .followRedirects = false}, cancel_).path.last);
}

}  // namespace orrery::hub
