// The fonts that reports are set in, from their packages into the Python package: one family for text, others for
// names in scripts that it does not have. Never committed, always in the wheel, each with its licence.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "../src/einthoven/edges/typeset/fonts");
const fonts = {
  "@expo-google-fonts/inter": [
    "400Regular/Inter_400Regular.ttf",
    "500Medium/Inter_500Medium.ttf",
    "600SemiBold/Inter_600SemiBold.ttf",
    "700Bold/Inter_700Bold.ttf",
    "LICENSE_FONT",
  ],
  "@embedpdf/fonts-sc": ["fonts/NotoSansHans-Regular.otf", "LICENSE"],
  "@embedpdf/fonts-kr": ["fonts/NotoSansKR-Regular.otf", "LICENSE"],
  "@embedpdf/fonts-arabic": ["fonts/NotoNaskhArabic-Regular.ttf", "LICENSE"],
  "@embedpdf/fonts-hebrew": ["fonts/NotoSansHebrew-Regular.ttf", "LICENSE"],
  "@expo-google-fonts/noto-sans-devanagari": ["400Regular/NotoSansDevanagari_400Regular.ttf", "LICENSE_FONT"],
  "@expo-google-fonts/noto-sans-thai": ["400Regular/NotoSansThai_400Regular.ttf", "LICENSE_FONT"],
};
rmSync(out, { recursive: true, force: true });
for (const [name, files] of Object.entries(fonts)) {
  const folder = join(out, name.replace("/", "-").replace("@", ""));
  mkdirSync(folder, { recursive: true });
  for (const file of files) cpSync(join(root, "node_modules", name, file), join(folder, file.split("/").pop()));
}
