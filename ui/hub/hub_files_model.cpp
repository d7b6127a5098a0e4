#include "ui/hub/hub_files_model.h"

#include <QFontDatabase>
#include <QRegularExpression>
#include <utility>

#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

const QRegularExpression kPart(QStringLiteral("^(.*)-(\\d{5})-of-(\\d{5})\\.gguf$"));

}  // namespace

QString purposeOf(const QString& path) {
  const QString name = path.section(QLatin1Char('/'), -1).toLower();
  const std::pair<const char*, QString> kExact[] = {
      {"config.json", HubFilesModel::tr("What the model is")},
      {"generation_config.json", HubFilesModel::tr("Settings for generating")},
      {"tokenizer.json", HubFilesModel::tr("Tokenizer")},
      {"tokenizer_config.json", HubFilesModel::tr("Tokenizer: settings")},
      {"special_tokens_map.json", HubFilesModel::tr("Tokenizer: special tokens")},
      {"vocab.json", HubFilesModel::tr("Tokenizer: vocabulary")},
      {"vocab.txt", HubFilesModel::tr("Tokenizer: vocabulary")},
      {"merges.txt", HubFilesModel::tr("Tokenizer: merges")},
      {"readme.md", HubFilesModel::tr("Model card")},
      {"preprocessor_config.json", HubFilesModel::tr("How inputs are prepared")},
      {"chat_template.jinja", HubFilesModel::tr("Chat template")}};
  for (const auto& [exact, purpose] : kExact)
    if (name == QLatin1String(exact)) return purpose;
  const std::pair<const char*, QString> kEndings[] = {
      {".index.json", HubFilesModel::tr("Which file holds which weight")},
      {".safetensors", HubFilesModel::tr("Weights")},
      {".gguf", HubFilesModel::tr("Weights and tokenizer (GGUF)")},
      {".bin", HubFilesModel::tr("Weights (PyTorch)")},
      {".pt", HubFilesModel::tr("Weights (PyTorch)")},
      {".pth", HubFilesModel::tr("Weights (PyTorch)")},
      {".h5", HubFilesModel::tr("Weights (TensorFlow)")},
      {".msgpack", HubFilesModel::tr("Weights (Flax)")},
      {".onnx", HubFilesModel::tr("Weights (ONNX)")},
      {".model", HubFilesModel::tr("Tokenizer (SentencePiece)")},
      {".jinja", HubFilesModel::tr("Chat template")},
      {".py", HubFilesModel::tr("Code, which is never run here")},
      {".md", HubFilesModel::tr("Text")},
      {".txt", HubFilesModel::tr("Text")}};
  for (const auto& [ending, purpose] : kEndings)
    if (name.endsWith(QLatin1String(ending))) return purpose;
  return {};
}

void HubFilesModel::setFiles(const std::vector<protocol::HubFile>& files) {
  beginResetModel();
  files_ = files;
  endResetModel();
}

QStringList HubFilesModel::ggufFiles() const {
  QStringList names;
  for (const protocol::HubFile& file : files_) {
    const QString name = QString::fromStdString(file.path);
    const auto part = kPart.match(name);
    if (name.endsWith(QLatin1String(".gguf")) && !name.contains(QLatin1String("mmproj")) &&
        (!part.hasMatch() || part.captured(2).toInt() == 1))
      names += name;
  }
  return names;
}

QStringList HubFilesModel::partsOf(const QString& gguf) const {
  const auto part = kPart.match(gguf);
  if (!part.hasMatch()) return {gguf};
  QStringList names;
  for (const protocol::HubFile& file : files_) {
    const QString name = QString::fromStdString(file.path);
    const auto other = kPart.match(name);
    if (other.hasMatch() && other.captured(1) == part.captured(1) &&
        other.captured(3) == part.captured(3))
      names += name;
  }
  return names;
}

int HubFilesModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(files_.size());
}

int HubFilesModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QVariant HubFilesModel::data(const QModelIndex& index, int role) const {
  const protocol::HubFile& row = file(index.row());
  const std::string& hash = row.sha256.empty() ? row.blobId : row.sha256;
  const int column = index.column();
  if (role == Qt::TextAlignmentRole && column == kSize)
    return int(Qt::AlignRight | Qt::AlignVCenter);
  if (role == Qt::ForegroundRole && column != kPath) return theme().muted;
  if (role == Qt::FontRole && column == kHash)
    return QFontDatabase::systemFont(QFontDatabase::FixedFont);
  if (role == Qt::ToolTipRole && column == kHash)
    return (row.sha256.empty() ? tr("git's hash %1") : tr("SHA-256 %1"))
        .arg(QString::fromStdString(hash));
  if (role != Qt::DisplayRole) return {};
  switch (column) {
    case kPath:
      return QString::fromStdString(row.path);
    case kSize:
      return formatBytes(static_cast<double>(row.size));
    case kPurpose:
      return purposeOf(QString::fromStdString(row.path));
    case kHash:
      return QString::fromStdString(hash.substr(0, 12));
    default:
      return {};
  }
}

QVariant HubFilesModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section >= kColumnCount) return {};
  if (role == Qt::TextAlignmentRole)
    return int((section == kSize ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  const QString titles[] = {tr("File"), tr("Size"), tr("What it is for"), tr("Hash")};
  return role == Qt::DisplayRole ? titles[section] : QVariant();
}

}  // namespace orrery::ui
