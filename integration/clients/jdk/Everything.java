// Reads every file of the image's lib/modules in the way that Java reads classes. Prints the number
// of files and of bytes, and a checksum of names and contents.

import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;

public final class Everything {
	public static void main(String[] arguments) throws Exception {
		Path top = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
		List<Path> files;
		try (Stream<Path> all = Files.walk(top)) {
			files = all.filter(Files::isRegularFile).sorted().collect(Collectors.toList());
		}
		CRC32 sum = new CRC32();
		long bytes = 0;
		for (Path file : files) {
			byte[] content = Files.readAllBytes(file);
			sum.update(file.toString().getBytes("UTF-8"));
			sum.update(content);
			bytes += content.length;
		}
		System.out.println(files.size() + " files, " + bytes + " bytes, " + Long.toHexString(sum.getValue()));
	}
}
