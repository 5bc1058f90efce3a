// Reads DIR: reads a repository with JGit, which maps packs if the user's configuration sets
// core.packedGitMMAP. Prints, in git's format, the log (log --format=raw), the tree of HEAD
// (ls-tree -r -t -z, sorted), and the name, type and size of every object (cat-file --batch-check).
// It computes the names from the contents.

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.internal.storage.file.Pack;
import org.eclipse.jgit.internal.storage.file.PackIndex;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.storage.file.WindowCacheConfig;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.eclipse.jgit.util.SystemReader;

public final class Reads {
	private static final OutputStream out = new BufferedOutputStream(System.out, 1 << 16);

	private static void line(String text) throws IOException {
		out.write((text + "\n").getBytes("UTF-8"));
	}

	private static void log(FileRepository repo) throws IOException {
		try (RevWalk walk = new RevWalk(repo)) {
			walk.markStart(walk.parseCommit(repo.resolve(Constants.HEAD)));
			boolean first = true;
			for (RevCommit commit : walk) {
				String[] parts = new String(commit.getRawBuffer(), "UTF-8").split("\n\n", 2);
				line((first ? "" : "\n") + "commit " + commit.name() + "\n" + parts[0] + "\n");
				for (String text : parts[1].replaceAll("\n*$", "").split("\n", -1))
					line("    " + text);
				first = false;
			}
		}
	}

	private static void tree(FileRepository repo) throws IOException {
		List<byte[]> entries = new ArrayList<>();
		try (TreeWalk walk = new TreeWalk(repo)) {
			walk.addTree(repo.resolve("HEAD^{tree}"));
			while (walk.next()) {
				FileMode mode = walk.getFileMode(0);
				ByteArrayOutputStream entry = new ByteArrayOutputStream();
				entry.write(String.format("%06o %s %s\t", mode.getBits(),
					Constants.typeString(mode.getObjectType()), walk.getObjectId(0).name())
					.getBytes("UTF-8"));
				entry.write(walk.getRawPath());
				entry.write(0);
				entries.add(entry.toByteArray());
				if (walk.isSubtree())
					walk.enterSubtree();
			}
		}
		entries.sort(Arrays::compareUnsigned);
		for (byte[] entry : entries)
			out.write(entry);
	}

	private static void objects(FileRepository repo) throws IOException {
		TreeSet<ObjectId> names = new TreeSet<>();
		for (Pack pack : repo.getObjectDatabase().getPacks())
			for (PackIndex.MutableEntry entry : pack)
				names.add(entry.toObjectId());
		ObjectInserter.Formatter formatter = new ObjectInserter.Formatter();
		try (ObjectReader reader = repo.newObjectReader()) {
			for (ObjectId name : names) {
				ObjectLoader object = reader.open(name);
				byte[] content = object.getCachedBytes();
				line(formatter.idFor(object.getType(), content).name() + " "
					+ Constants.typeString(object.getType()) + " " + content.length);
			}
		}
	}

	public static void main(String[] arguments) throws Exception {
		WindowCacheConfig windows = new WindowCacheConfig();
		windows.fromConfig(SystemReader.getInstance().getUserConfig());
		windows.install();
		try (FileRepository repo = (FileRepository)new FileRepositoryBuilder()
				.setMustExist(true).setWorkTree(new File(arguments[0])).build()) {
			log(repo);
			tree(repo);
			objects(repo);
		}
		out.flush();
	}
}
